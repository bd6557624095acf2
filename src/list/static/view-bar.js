import { changeFilter } from './filter.js'
import { html } from './lit-html/lit-html.js'
import { span } from './moments.js'

/** @import { Actions } from './start.js' */
/** @import { State } from './state.js' */

/** An overview that is older is shown as old. */
const STALE_MS = 20_000

/** The top of the page: whose accounts, and how true the numbers are. @param {State} state @param {Actions} actions */
export function viewBar(state, actions) {
  const { text, mood } = sayConnection(state)
  return html`
    <header class="bar">
      <h1>Social accounts</h1>
      <p class="live ${mood}"><span class="dot" aria-hidden="true"></span>${text}</p>
      <form class="workspace" @submit=${(/** @type {Event} */ event) => event.preventDefault()}>
        <label>Workspace
          <input name="workspace" placeholder="all" maxlength="64" spellcheck="false" autocapitalize="off" autocomplete="off"
            .value=${state.filter.workspaceId ?? ''} @change=${chooseWorkspace}>
        </label>
      </form>
      <button class="quiet" @click=${actions.forgetKey}>Forget the key</button>
    </header>`
}

/** @param {Event} event */
function chooseWorkspace(event) {
  const text = /** @type {HTMLInputElement} */ (event.target).value.trim()
  changeFilter({ workspaceId: text === '' ? null : text })
}

/** @param {State} state */
function sayConnection({ connection, seenAtMs }) {
  const ageMs = Date.now() - seenAtMs
  const age = seenAtMs === 0 ? '' : ` · as of ${span(ageMs)} ago`
  switch (connection.kind) {
    case 'starting':
      return { text: 'Connecting …', mood: '' }
    case 'limited':
      return { text: `Asked too often; again in ${span(connection.untilMs - Date.now())}${age}`, mood: 'warning' }
    case 'away':
      return { text: `The server cannot answer; asked again soon${age}`, mood: 'bad' }
    case 'offline':
      return { text: `No connection${age}`, mood: 'bad' }
    case 'hidden':
      return { text: `Resting${age}`, mood: '' }
    default:
      return ageMs > STALE_MS ? { text: `Old${age}`, mood: 'warning' } : { text: `Live${age}`, mood: 'good' }
  }
}
