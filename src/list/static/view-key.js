import { looksLikeKey } from './key.js'
import { ref } from './lit-html/directives/ref.js'
import { html, nothing } from './lit-html/lit-html.js'

/** @import { Actions } from './start.js' */

/** Asks for the key. @param {string | null} problem @param {Actions} actions */
export function viewKey(problem, actions) {
  return html`
    <main class="door">
      <h1>Social accounts</h1>
      <p>See whether the tokens of all connected accounts are fresh.</p>
      <form @submit=${(/** @type {SubmitEvent} */ event) => enter(event, actions)} novalidate>
        <label for="key">API key</label>
        <input id="key" name="key" type="password" autocomplete="off" spellcheck="false" autocapitalize="off" required
          placeholder="pb_live_…" aria-describedby="key-help${problem === null ? '' : ' key-problem'}"
          aria-invalid=${problem === null ? 'false' : 'true'} ${ref(focus)}>
        <p id="key-problem" class="problem" role="alert" ?hidden=${problem === null}>${problem ?? nothing}</p>
        <button class="primary">Show the accounts</button>
        <p id="key-help" class="hint">
          Make one with <code>npm run -s cli -- keys create --name page</code>. It stays in this tab, is sent to this server
          alone, and is forgotten when the tab is closed.
        </p>
      </form>
    </main>`
}

/** Once, when the question appears. @param {Element | undefined} field */
const focus = (field) => queueMicrotask(() => field instanceof HTMLElement && field.focus())

/** @param {SubmitEvent} event @param {Actions} actions */
function enter(event, actions) {
  event.preventDefault()
  const field = /** @type {HTMLFormElement} */ (event.target).elements.namedItem('key')
  if (!(field instanceof HTMLInputElement)) return
  const key = field.value.trim()
  field.setCustomValidity(looksLikeKey(key) ? '' : 'A key is pb_live_ and 32 letters and digits.')
  if (!field.reportValidity()) return
  field.value = ''
  actions.useKey(key)
}
