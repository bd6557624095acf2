import { html, svg } from './lit-html/lit-html.js'

/** @import { Health } from './answers.js' */

/** A shape for each health, so that colour is never alone. @type {Record<Health, unknown>} */
const SHAPES = {
  ok: svg`<circle cx="8" cy="8" r="7" class="fill"/><path d="M4.8 8.3l2.2 2.2 4.2-4.8" class="cut"/>`,
  expiring: svg`<circle cx="8" cy="8" r="6.2" class="line"/><path d="M8 4.4V8l2.4 1.8" class="line"/>`,
  retrying: svg`<path d="M13.6 8A5.6 5.6 0 1 1 11.7 3.8M12.4 .9v3.4H9" class="line"/>`,
  paused: svg`<rect x="1" y="1" width="14" height="14" rx="4" class="fill"/><path d="M6 5v6M10 5v6" class="cut"/>`,
  reconnect_required: svg`<path d="M8 .8L15.6 14.4H.4Z" class="fill"/><path d="M8 5.4v4M8 11.6v.9" class="cut"/>`,
}

/** @param {Health} health */
export const icon = (health) =>
  html`<svg class="icon ${health}" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">${SHAPES[health]}</svg>`
