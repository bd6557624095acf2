import { addTotals, countOf } from './answers.js'
import { changeFilter, toQuery } from './filter.js'
import { icon } from './icons.js'
import { repeat } from './lit-html/directives/repeat.js'
import { html, nothing } from './lit-html/lit-html.js'
import { PAGE_SIZE } from './look.js'
import { viewLength, viewMoment } from './view-moment.js'
import { HEALTH_WORDS, HEALTHS, nameOf, number } from './words.js'

/** @import { AccountHealth, Overview, Totals } from './answers.js' */
/** @import { Actions } from './start.js' */
/** @import { Rows, State } from './state.js' */

/** The accounts that are looked at, the worst first, with their reason. @param {State} state @param {Overview} overview @param {Actions} actions */
export function viewAccounts(state, overview, actions) {
  const { filter, rows, cursors } = state
  const shown = overview.platforms.filter(({ platform }) => filter.platform === null || filter.platform === platform)
  const totals = addTotals(shown)
  const isOld = rows === null || rows.query !== String(toQuery(filter, cursors.at(-1), PAGE_SIZE))
  return html`
    <section aria-labelledby="accounts" aria-busy=${isOld}>
      <h2 id="accounts" tabindex="-1">${filter.health === 'attention' ? 'Accounts that need attention' : 'Accounts'}</h2>
      ${viewFilters(state, overview, totals)}
      ${rows === null ? html`<p class="notice">Reading the accounts …</p>` : viewRows(state, rows, isOld)}
      ${rows === null ? nothing : viewPager(state, rows, numberOf(filter.health, totals), actions)}
    </section>`
}

/** @param {State} state @param {Overview} overview @param {Totals} totals */
function viewFilters({ filter }, { platforms }, totals) {
  const choices = ['attention', ...HEALTHS, 'all']
  return html`
    <div class="filters">
      <div class="healths" role="group" aria-label="How they stand">
        ${choices.map(
          (health) => html`
          <button aria-pressed=${filter.health === health} @click=${() => changeFilter({ health })}>
            ${labelOf(health)} <span class="count">${number(numberOf(health, totals))}</span>
          </button>`,
        )}
      </div>
      <span class="platform"><label for="platform">Platform</label>
        <select id="platform" @change=${(/** @type {Event} */ event) => choosePlatform(event)}>
          <option value="" ?selected=${filter.platform === null}>all</option>
          ${platforms.map(({ platform }) => html`<option value=${platform} .selected=${filter.platform === platform}>${nameOf(platform)}</option>`)}
        </select>
      </span>
    </div>`
}

/** @param {Event} event */
function choosePlatform(event) {
  const { value } = /** @type {HTMLSelectElement} */ (event.target)
  changeFilter({ platform: value === '' ? null : value })
}

/** @param {State} state @param {Rows} rows @param {boolean} isOld */
function viewRows(state, { accounts }, isOld) {
  if (accounts.length === 0) return html`<p class="notice good">${sayNone(state.filter.health)}</p>`
  return html`
    <table class="accounts ${isOld ? 'old' : ''}" role="table">
      <thead role="rowgroup">
        <tr role="row">
          ${['Account', 'Platform', 'Stands', 'Reason', 'Token ends', 'Next try'].map((name) => html`<th scope="col" role="columnheader">${name}</th>`)}
        </tr>
      </thead>
      <tbody role="rowgroup">${repeat(
        accounts,
        ({ accountId }) => accountId,
        (account) => viewRow(state, account),
      )}</tbody>
    </table>`
}

/** @param {State} state @param {AccountHealth} account */
function viewRow(state, account) {
  const { accountId, workspaceId, handle, health, platform } = account
  return html`
    <tr role="row" data-account=${accountId}>
      <th scope="row" role="rowheader">
        <button class="link" aria-haspopup="dialog" @click=${() => changeFilter({ accountId })}>${handle}</button>
        <span class="under">${workspaceId}</span>
      </th>
      <td role="cell">${nameOf(platform)}</td>
      <td role="cell"><span class="state ${health}">${icon(health)}${HEALTH_WORDS[health].label}</span>
        <span class="under">${account.since === null ? nothing : viewLength(state, account.since)}</span></td>
      <td role="cell" class="reason">${reasonOf(account)}</td>
      <td role="cell" data-label="Token ends">${account.tokenExpiresAt === null ? '—' : viewMoment(state, account.tokenExpiresAt)}</td>
      <td role="cell" data-label="Next try">${account.nextAttemptAt === null ? '—' : viewMoment(state, account.nextAttemptAt)}</td>
    </tr>`
}

/** Our sentence about the last failure; where there was none, what the health means. @param {AccountHealth} account */
function reasonOf({ health, lastRefreshError, consecutiveFailures }) {
  const reason = lastRefreshError ?? (health === 'ok' ? '' : HEALTH_WORDS[health].meaning)
  const tries =
    consecutiveFailures > 1 ? html` <span class="tries">${number(consecutiveFailures)} tries</span>` : nothing
  return html`${reason}${tries}`
}

/** @param {State} state @param {Rows} rows @param {number} total @param {Actions} actions */
function viewPager({ cursors }, { accounts, nextCursor }, total, actions) {
  const from = cursors.length * PAGE_SIZE
  if (from === 0 && nextCursor === null) return nothing
  return html`
    <nav class="pager" aria-label="Pages of accounts">
      <button ?disabled=${from === 0} @click=${actions.previousPage}>Previous</button>
      <p>${number(from + 1)} to ${number(from + accounts.length)} of ${number(Math.max(total, from + accounts.length))}</p>
      <button ?disabled=${nextCursor === null} @click=${() => nextCursor !== null && actions.nextPage(nextCursor)}>Next</button>
    </nav>`
}

/** @param {string} health */
function labelOf(health) {
  if (health === 'attention') return 'Need attention'
  return HEALTHS.some((one) => one === health) ? HEALTH_WORDS[/** @type {keyof Totals} */ (health)].label : 'All'
}

/** @param {string} health @param {Totals} totals */
function numberOf(health, totals) {
  if (health === 'attention') return countOf(totals) - totals.ok
  return HEALTHS.some((one) => one === health) ? totals[/** @type {keyof Totals} */ (health)] : countOf(totals)
}

/** @param {string} health */
const sayNone = (health) =>
  health === 'attention' ? 'No account needs attention.' : 'There is no such account at the moment.'
