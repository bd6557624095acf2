import { countOf } from './answers.js'
import { changeFilter } from './filter.js'
import { icon } from './icons.js'
import { repeat } from './lit-html/directives/repeat.js'
import { html, nothing, svg } from './lit-html/lit-html.js'
import { exact, span } from './moments.js'
import { serverNowMs } from './state.js'
import { HEALTH_WORDS, HEALTHS, nameOf, number, percent } from './words.js'

/** @import { Health, Overview, PlatformOverview, Totals } from './answers.js' */
/** @import { State } from './state.js' */

/** Of every platform; what else there is follows. */
const TOLD = /** @type {const} */ (['ok', 'retrying', 'paused', 'reconnect_required'])

/** A tile per platform; choosing one shows its accounts and expiries alone. @param {State} state @param {Overview} overview */
export function viewPlatforms(state, { platforms }) {
  return html`
    <section aria-labelledby="platforms-title">
      <h2 id="platforms-title">Platforms</h2>
      <ul class="tiles">${repeat(
        platforms,
        ({ platform }) => platform,
        (one) => viewTile(state, one),
      )}</ul>
    </section>`
}

/** @param {State} state @param {PlatformOverview} one */
function viewTile(state, one) {
  const { platform, totals } = one
  const isChosen = state.filter.platform === platform
  const count = countOf(totals)
  return html`
    <li>
      <button class="tile ${worstOf(totals)}" data-platform=${platform} aria-pressed=${isChosen}
        @click=${() => changeFilter({ platform: isChosen ? null : platform })}>
        <span class="name">${nameOf(platform)}</span>
        <span class="share"><span><strong>${percent(totals.ok, count)}</strong> % fresh</span> <span>${number(count)}</span></span>
        ${viewShares(totals, count)}
        <span class="numbers">${TOLD.map((health) => viewNumber(health, totals[health]))}
          ${totals.expiring === 0 ? nothing : viewNumber('expiring', totals.expiring)}</span>
        ${one.pausedSince === null ? nothing : viewPause(state, one.pausedSince, one.pausedUntil)}
      </button>
    </li>`
}

/** @param {Health} health @param {number} count */
const viewNumber = (health, count) => html`
  <span class="number ${count === 0 ? 'none' : ''}">
    ${icon(health)}<span class="label">${HEALTH_WORDS[health].label}</span>
    <span class="count" data-health=${health}>${number(count)}</span>
  </span>`

/** One bar of all accounts, by how they stand; the numbers below say the same. @param {Totals} totals @param {number} count */
function viewShares(totals, count) {
  let from = 0
  const parts = [...HEALTHS].reverse().map((health) => {
    const width = (totals[health] / count) * 100
    // A few of very many are still to be seen.
    const shown = width === 0 ? 0 : Math.max(width, 1.5)
    const part = svg`<rect class=${health} x="${Math.min(from, 100 - shown)}%" width="${shown}%" height="100%"></rect>`
    from += width
    return part
  })
  return html`<svg class="shares" width="100%" height="6" aria-hidden="true">${parts}</svg>`
}

/** @param {State} state @param {string} since @param {string | null} until */
function viewPause(state, since, until) {
  const nowMs = serverNowMs(state)
  const title = `Paused since ${exact(since)}, until ${until === null ? 'somebody resumes it' : exact(until)}`
  const end = until === null ? 'until resumed' : `${span(Math.max(0, Date.parse(until) - nowMs))} left`
  return html`<span class="pause" title=${title}>Paused for ${span(nowMs - Date.parse(since))}, ${end}</span>`
}

/** @param {Totals} totals */
const worstOf = (totals) => HEALTHS.find((health) => totals[health] > 0) ?? 'ok'
