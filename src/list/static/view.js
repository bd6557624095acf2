import { html, nothing } from './lit-html/lit-html.js'
import { viewAccounts } from './view-accounts.js'
import { viewBar } from './view-bar.js'
import { viewExpiries } from './view-expiries.js'
import { viewHistory } from './view-history.js'
import { viewKey } from './view-key.js'
import { viewPlatforms } from './view-platforms.js'
import { viewSummary } from './view-summary.js'

/** @import { Actions } from './start.js' */
/** @import { State } from './state.js' */

/** The whole page, out of what is known. @param {State} state @param {Actions} actions */
export function view(state, actions) {
  if (state.key === null) return viewKey(state.keyProblem, actions)
  return html`
    <button class="skip" @click=${() => document.getElementById('accounts')?.focus()}>Skip to the accounts</button>
    ${viewBar(state, actions)}
    <main aria-busy=${state.overview === null && state.problem === null}>${body(state, actions)}</main>
    ${state.history === null ? nothing : viewHistory(state, state.history, actions)}`
}

/** @param {State} state @param {Actions} actions */
function body(state, actions) {
  const { overview, problem } = state
  if (problem !== null) return html`<p class="notice bad" role="alert">${problem}</p>`
  if (overview === null) return html`<p class="notice">${waitingFor(state)}</p>`
  if (overview.accounts === 0) return viewSummary(state, overview)
  return html`
    ${viewSummary(state, overview)} ${viewPlatforms(state, overview)} ${viewExpiries(state, overview)}
    ${viewAccounts(state, overview, actions)}`
}

/** @param {State} state */
function waitingFor({ connection }) {
  if (connection.kind === 'offline') return 'The server cannot be reached. It is asked again every few seconds.'
  if (connection.kind === 'away') return 'The server cannot answer at the moment. It is asked again soon.'
  if (connection.kind === 'limited')
    return 'Too many questions with this key in the last minutes. It is asked again soon.'
  return 'Reading how the accounts stand …'
}
