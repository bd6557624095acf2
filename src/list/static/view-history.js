import { changeFilter } from './filter.js'
import { ref } from './lit-html/directives/ref.js'
import { repeat } from './lit-html/directives/repeat.js'
import { html, nothing } from './lit-html/lit-html.js'
import { span } from './moments.js'
import { serverNowMs } from './state.js'
import { viewMoment } from './view-moment.js'
import { isGood, nameOf, outcomeOf, triggerOf } from './words.js'

/** @import { Account, Attempt } from './answers.js' */
/** @import { Actions } from './start.js' */
/** @import { History, State } from './state.js' */

/** One account and what was tried for it, beside the page. @param {State} state @param {History} history @param {Actions} actions */
export function viewHistory(state, history, actions) {
  const { account, attempts, nextCursor, problem } = history
  return html`
    <dialog class="history" aria-labelledby="history-title" ${ref(open)} @close=${close} @click=${closeOutside}>
      <div class="inside">
        <header>
          <h2 id="history-title">${account?.handle ?? 'Account'}</h2>
          <form method="dialog"><button class="quiet" aria-label="Close">✕</button></form>
        </header>
        ${problem === null ? nothing : html`<p class="notice bad" role="alert">${problem}</p>`}
        ${account === null ? (problem === null ? html`<p class="notice">Reading the account …</p>` : nothing) : viewAccount(state, account)}
        <h3>History</h3>
        ${viewAttempts(state, attempts)}
        ${nextCursor === null ? nothing : html`<button @click=${() => actions.olderAttempts(nextCursor)}>Show older attempts</button>`}
      </div>
    </dialog>`
}

/** @param {Element | undefined} element */
function open(element) {
  // Modal: the focus stays inside, Escape closes, and where it came from gets it back.
  if (element instanceof HTMLDialogElement && element.isConnected && !element.open) element.showModal()
  else if (element instanceof HTMLDialogElement && !element.open)
    queueMicrotask(() => element.isConnected && element.showModal())
}

const close = () => changeFilter({ accountId: null })

/** @param {MouseEvent} event */
function closeOutside(event) {
  if (event.target instanceof HTMLDialogElement) event.target.close()
}

/** @param {State} state @param {Account} account */
function viewAccount(state, account) {
  const moment = (/** @type {string | null} */ value, otherwise = '—') =>
    value === null ? otherwise : viewMoment(state, value)
  return html`
    ${account.lastRefreshError === null ? nothing : html`<p class="notice bad">${account.lastRefreshError}</p>`}
    <dl>
      <div><dt>Platform</dt><dd>${nameOf(account.platform)}</dd></div>
      <div><dt>Status</dt><dd>${account.status}</dd></div>
      <div><dt>Workspace</dt><dd>${account.workspaceId}</dd></div>
      <div><dt>Token ends</dt><dd>${moment(account.tokenExpiresAt, 'it does not')}</dd></div>
      <div><dt>Last refreshed</dt><dd>${moment(account.lastRefreshedAt, 'never')}</dd></div>
      <div><dt>Next try</dt><dd>${moment(nextAttemptOf(state, account.id))}</dd></div>
      <div><dt>Connected</dt><dd>${moment(account.connectedAt)}</dd></div>
      <div><dt>Id</dt><dd><code>${account.id}</code></dd></div>
    </dl>`
}

/** As the list has it, where the account is in sight. @param {State} state @param {string} id */
const nextAttemptOf = ({ rows }, id) => rows?.accounts.find(({ accountId }) => accountId === id)?.nextAttemptAt ?? null

/** @param {State} state @param {Attempt[] | null} attempts */
function viewAttempts(state, attempts) {
  if (attempts === null) return html`<p class="notice">Reading what was tried …</p>`
  if (attempts.length === 0) return html`<p class="notice">Nothing has been tried yet.</p>`
  return html`<ol class="attempts">${repeat(
    attempts,
    ({ id }) => id,
    (attempt) => viewAttempt(state, attempt),
  )}</ol>`
}

/** @param {State} state @param {Attempt} attempt */
function viewAttempt(state, attempt) {
  const { outcome, startedAt, finishedAt, trigger, httpStatus, errorCode, error, newTokenExpiresAt, lostRotation } =
    attempt
  const mood = outcome === null ? 'waiting' : isGood(outcome) ? 'good' : 'bad'
  const details = [
    triggerOf(trigger),
    finishedAt !== null && `took ${duration(Date.parse(finishedAt) - Date.parse(startedAt))}`,
    httpStatus !== null && `HTTP ${httpStatus}`,
    errorCode,
    lostRotation && 'our loss: a new token did not reach us',
  ].filter((part) => typeof part === 'string')
  return html`
    <li class=${mood}>
      <p class="outcome"><strong>${outcomeOf(outcome)}</strong> ${viewMoment(state, startedAt)}</p>
      ${error === null ? nothing : html`<p>${error}</p>`}
      ${newTokenExpiresAt === null ? nothing : html`<p>${sayEnd(state, newTokenExpiresAt)}</p>`}
      <p class="under">${details.join(' · ')}</p>
    </li>`
}

/** @param {State} state @param {string} end */
const sayEnd = (state, end) =>
  html`The new token ${Date.parse(end) > serverNowMs(state) ? 'ends' : 'ended'} ${viewMoment(state, end)}.`

/** @param {number} ms */
const duration = (ms) => (ms < 1000 ? `${ms} ms` : span(ms))
