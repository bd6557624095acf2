import { addSpreads } from './answers.js'
import { html, svg } from './lit-html/lit-html.js'
import { counted, nameOf, number } from './words.js'

/** @import { Overview, Spread } from './answers.js' */
/** @import { State } from './state.js' */

/**
 * When access tokens end: hour by hour for a day, day by day for a month.
 *
 * @param {State} state @param {Overview} overview
 */
export function viewExpiries({ filter }, overview) {
  const shown = overview.platforms.filter(({ platform }) => filter.platform === null || filter.platform === platform)
  const renewing = addSpreads(shown.map(({ expiries }) => expiries.renewing))
  const ending = addSpreads(shown.map(({ expiries }) => expiries.ending))
  const whose = filter.platform === null ? '' : ` · ${nameOf(filter.platform)}`
  return html`
    <section aria-labelledby="expiries-title">
      <h2 id="expiries-title">Access tokens end${whose}</h2>
      <div class="charts">
        ${viewChart({ title: 'Next 24 hours', unit: 'hour', first: 0, renewing: renewing.hours, ending: ending.hours, marks: ['now', '6 h', '12 h', '18 h', '24 h'] })}
        ${viewChart({ title: 'After that, to day 30', unit: 'day', first: 1, renewing: renewing.days.slice(1), ending: ending.days.slice(1), marks: ['1 d', '', '15 d', '', '30 d'] })}
      </div>
      <p class="legend">
        <span><svg class="key" width="12" height="12" aria-hidden="true"><rect class="renewing" width="12" height="12" rx="2"></rect></svg>renewed before</span>
        <span><svg class="key" width="12" height="12" aria-hidden="true"><rect class="ending" width="12" height="12" rx="2"></rect><rect fill="url(#stripes)" width="12" height="12" rx="2"></rect></svg>nothing renews it</span>
        <span class="others">${sayOthers(renewing, ending)}</span>
      </p>
    </section>`
}

/**
 * @typedef {object} Chart
 * @property {string} title
 * @property {'hour' | 'day'} unit
 * @property {number} first how many units from now the first bar begins
 * @property {number[]} renewing
 * @property {number[]} ending
 * @property {string[]} marks
 */

/** @param {Chart} chart */
function viewChart({ title, unit, first, renewing, ending, marks }) {
  const sums = renewing.map((count, at) => count + (ending[at] ?? 0))
  const top = roundUp(Math.max(...sums, 1))
  const total = sums.reduce((sum, count) => sum + count, 0)
  const nameOfBar = (/** @type {number} */ at) => `${unit === 'hour' ? 'Hour' : 'Day'} ${first + at + 1}`
  return html`
    <figure class="chart">
      <figcaption><span>${title}</span> <strong>${number(total)}</strong></figcaption>
      <div class="plot">
        <span class="top" aria-hidden="true">${number(top)}</span>
        <svg width="100%" height="120" role="img" aria-label="${title}: ${sayPeak(sums, nameOfBar, total)}">
          <defs>
            <pattern id="stripes" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
              <rect class="stripe" width="2" height="5"></rect>
            </pattern>
          </defs>
          ${sums.map((sum, at) => viewBar({ at, of: sums.length, ending: ending[at] ?? 0, sum, top, title: `${nameOfBar(at)}: ${counted(sum, 'account')}` }))}
        </svg>
        <p class="marks" aria-hidden="true">${marks.map((mark) => html`<span>${mark}</span>`)}</p>
      </div>
      <details>
        <summary>As a table</summary>
        <div class="scroll" tabindex="0" role="region" aria-label="${title}, as a table">
          <table>
            <thead><tr><th scope="col">Within</th><th scope="col">Renewed before</th><th scope="col">Nothing renews it</th></tr></thead>
            <tbody>${sums.map((_, at) => html`<tr><th scope="row">${nameOfBar(at)}</th><td>${number(renewing[at] ?? 0)}</td><td>${number(ending[at] ?? 0)}</td></tr>`)}</tbody>
          </table>
        </div>
      </details>
    </figure>`
}

/** @param {{ at: number, of: number, ending: number, sum: number, top: number, title: string }} bar */
function viewBar({ at, of, ending, sum, top, title }) {
  const width = 100 / of
  const place = { x: `${at * width + width * 0.1}%`, width: `${width * 0.8}%` }
  const height = (/** @type {number} */ count) => (count === 0 ? 0 : Math.max((count / top) * 100, 1.5))
  const [whole, dead] = [height(sum), height(ending)]
  return svg`
    <g>
      <title>${title}</title>
      <rect class="hit" x="${at * width}%" width="${width}%" height="100%"></rect>
      <rect class="renewing" x=${place.x} width=${place.width} y="${100 - whole}%" height="${whole}%" rx="1"></rect>
      <rect class="ending" x=${place.x} width=${place.width} y="${100 - dead}%" height="${dead}%"></rect>
      <rect fill="url(#stripes)" x=${place.x} width=${place.width} y="${100 - dead}%" height="${dead}%"></rect>
    </g>`
}

/** @param {number[]} sums @param {(at: number) => string} nameOfBar @param {number} total */
function sayPeak(sums, nameOfBar, total) {
  if (total === 0) return 'none.'
  const most = Math.max(...sums)
  return `${counted(total, 'account')}, most of them in ${nameOfBar(sums.indexOf(most)).toLowerCase()} (${number(most)}).`
}

/** What has no place on the charts. @param {Spread} renewing @param {Spread} ending */
function sayOthers(renewing, ending) {
  const both = (/** @type {'ended' | 'later' | 'never'} */ name) => renewing[name] + ending[name]
  return [
    both('ended') > 0 && `${number(both('ended'))} ended already`,
    both('later') > 0 && `${number(both('later'))} after day 30`,
    both('never') > 0 && `${number(both('never'))} without an end`,
  ]
    .filter((part) => part !== false)
    .join(' · ')
}

/** The next number that reads well: 1, 2, 5, 10, 20, 50 … @param {number} value */
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value))
  const step = [1, 2, 5, 10].find((factor) => factor * power >= value) ?? 10
  return step * power
}
