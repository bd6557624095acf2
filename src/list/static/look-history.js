/** @import { Account, AttemptsPage } from './answers.js' */
/** @import { Answer, Ask, Failure } from './ask.js' */
/** @import { State } from './state.js' */

/**
 * Asks for the account that is open, and for its attempts when something about it has changed.
 *
 * @param {State} state @param {Ask} ask @param {AbortSignal} signal
 * @returns {Promise<Failure | null>}
 */
export async function lookAtHistory(state, ask, signal) {
  const { history } = state
  if (history === null) return null
  /** @type {Answer<Account>} */
  const answer = await ask(`/${encodeURIComponent(history.accountId)}`, signal)
  if (answer.kind === 'refused') {
    history.problem = 'There is no such account any more, or this key does not reach it.'
    return null
  }
  if (answer.kind !== 'answered') return answer
  history.account = answer.body
  history.problem = null
  // Every attempt changes a column of the account, also when it begins to fail in another way.
  if (!answer.isNew && history.attempts !== null) return null
  return readAttempts(state, ask, signal, null)
}

/**
 * Asks for a page of attempts: the newest, or the one at a cursor.
 *
 * @param {State} state @param {Ask} ask @param {AbortSignal} signal @param {string | null} cursor
 * @returns {Promise<Failure | null>}
 */
export async function readAttempts(state, ask, signal, cursor) {
  const { history } = state
  if (history === null) return null
  const query = new URLSearchParams({ limit: '25', ...(cursor === null ? {} : { cursor }) })
  /** @type {Answer<AttemptsPage>} */
  const answer = await ask(`/${encodeURIComponent(history.accountId)}/refresh-attempts?${query}`, signal)
  if (answer.kind !== 'answered') return answer
  const { attempts, nextCursor } = answer.body
  const known = history.attempts ?? []
  const others = known.filter(({ id }) => attempts.every((attempt) => attempt.id !== id))
  history.attempts = cursor === null ? [...attempts, ...others] : [...others, ...attempts]
  if (cursor !== null || known.length === 0) history.nextCursor = nextCursor
  return null
}
