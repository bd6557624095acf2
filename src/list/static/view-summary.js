import { addTotals } from './answers.js'
import { changeFilter } from './filter.js'
import { icon } from './icons.js'
import { html, nothing } from './lit-html/lit-html.js'
import { exact, span } from './moments.js'
import { serverNowMs } from './state.js'
import { counted, HEALTH_WORDS, HEALTHS, nameOf, number, percent } from './words.js'

/** @import { Health, Overview, Totals } from './answers.js' */
/** @import { State } from './state.js' */

/** Daemons look every minute at the rarest, and the moment comes without its seconds. */
const SCAN_LATE_MS = 3 * 60_000

/** The answer to "are accounts fresh?", in a glance. @param {State} state @param {Overview} overview */
export function viewSummary(state, overview) {
  const totals = addTotals(overview.platforms)
  return html`
    ${viewScan(state, overview)}
    <section class="summary" aria-labelledby="summary-title">
      <h2 id="summary-title" class="unseen">Are accounts fresh?</h2>
      ${overview.accounts === 0 ? viewEmpty(state) : viewTotals(state, overview, totals)}
    </section>`
}

/** @param {State} state @param {Overview} overview @param {Totals} totals */
function viewTotals(state, overview, totals) {
  return html`
    <div class="verdict">
      <p class="big"><strong>${percent(totals.ok, overview.accounts)}<small>%</small></strong> fresh</p>
      <p class="sentence">${judge(overview, totals)}</p>
    </div>
    <ul class="totals">${HEALTHS.map((health) => viewTotal(state, health, totals[health]))}</ul>`
}

/** @param {State} state @param {Health} health @param {number} count */
function viewTotal({ filter }, health, count) {
  const { label, meaning } = HEALTH_WORDS[health]
  const isChosen = filter.health === health
  return html`
    <li>
      <button class="total ${health} ${count === 0 ? 'none' : ''}" aria-pressed=${isChosen} title=${meaning}
        @click=${() => changeFilter({ health: isChosen ? 'attention' : health })}>
        <span class="label">${icon(health)}${label}</span>
        <span class="count" data-total=${health}>${number(count)}</span>
      </button>
    </li>`
}

/** What a colleague would say. @param {Overview} overview @param {Totals} totals */
function judge({ accounts, platforms }, totals) {
  const paused = platforms.filter(({ pausedSince }) => pausedSince !== null).map(({ platform }) => nameOf(platform))
  const sentences = [
    totals.reconnect_required > 0 &&
      `${counted(totals.reconnect_required, 'account needs its owner', 'accounts need their owners')}.`,
    paused.length > 0 && `${new Intl.ListFormat('en').format(paused)} ${paused.length === 1 ? 'is' : 'are'} paused.`,
    totals.retrying > 0 && `${counted(totals.retrying, 'account is', 'accounts are')} being retried.`,
    totals.expiring > 0 && `${counted(totals.expiring, 'grant ends', 'grants end')} within 14 days.`,
  ].filter((sentence) => sentence !== false)
  if (sentences.length > 0) return sentences.join(' ')
  return accounts === 1
    ? 'The one account is fresh.'
    : `All ${number(accounts)} accounts are fresh. Nobody has to do anything.`
}

/** @param {State} state @param {Overview} overview */
function viewScan(state, { lastScanAt, accounts }) {
  if (lastScanAt === null) {
    if (accounts === 0) return nothing
    return html`<p class="notice bad" role="alert"><strong>Nothing is renewed:</strong> no daemon has ever looked for due accounts.</p>`
  }
  const ageMs = serverNowMs(state) - Date.parse(lastScanAt)
  if (ageMs < SCAN_LATE_MS) return nothing
  return html`
    <p class="notice bad" role="alert">
      <strong>Nothing is renewed:</strong> no daemon has looked for due accounts for
      <time datetime=${lastScanAt} title=${exact(lastScanAt)}>${span(ageMs)}</time>.
    </p>`
}

/** @param {State} state */
const viewEmpty = ({ filter }) => html`
  <div class="empty">
    <p class="headline">No account is connected ${filter.workspaceId === null ? 'yet' : `in ${filter.workspaceId}`}.</p>
    <p>Connect the first with <code>npm run -s cli -- accounts import FILE</code>. It appears here by itself.</p>
  </div>`
