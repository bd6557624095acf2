import { html } from './lit-html/lit-html.js'
import { exact, isForEver, relative, span } from './moments.js'
import { serverNowMs } from './state.js'

/** @import { State } from './state.js' */

/** A moment as seen from now; pointing at it shows it exactly. @param {State} state @param {string} moment */
export const viewMoment = (state, moment) =>
  isForEver(moment)
    ? html`when resumed`
    : html`<time datetime=${moment} title=${exact(moment)}>${relative(moment, serverNowMs(state))}</time>`

/** How long something has lasted. @param {State} state @param {string} since */
export const viewLength = (state, since) =>
  html`for <time datetime=${since} title="since ${exact(since)}">${span(serverNowMs(state) - Date.parse(since))}</time>`
