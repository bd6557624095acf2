import { html } from './lit-html/lit-html.js'
import { exact, isForEver, relative } from './moments.js'
import { serverNowMs } from './state.js'

/** @import { State } from './state.js' */

/** A moment as seen from now; pointing at it shows it exactly. @param {State} state @param {string} moment */
export const viewMoment = (state, moment) =>
  isForEver(moment)
    ? html`when resumed`
    : html`<time datetime=${moment} title=${exact(moment)}>${relative(moment, serverNowMs(state))}</time>`
