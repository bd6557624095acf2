import { announceChanges } from './announce.js'
import { toQuery } from './filter.js'
import { lookAtHistory } from './look-history.js'

/** @import { HealthPage, Overview } from './answers.js' */
/** @import { Answer, Ask, Failure } from './ask.js' */
/** @import { State } from './state.js' */

export const PAGE_SIZE = 50
/** Twelve questions a minute of the sixty that a key has: a few people can look at once. */
export const LOOK_EVERY_MS = 5000
/** What no number of the overview tells: the next try of an account that fails again. */
const ROWS_GOOD_MS = 30_000
/** Reading rows takes no greater share of the time than one of so many, however many accounts there are. */
const COST_FACTOR = 10
/** The date of an answer has whole seconds; a smaller difference may be none. */
const LEAST_SKEW_MS = 2000

/**
 * Asks once for everything that is shown and is not known to be true still.
 *
 * @param {State} state changed by what is learned
 * @param {Ask} ask
 * @param {AbortSignal} signal
 * @returns {Promise<number>} how long to wait before the next look
 */
export async function look(state, ask, signal) {
  const overview = await lookAtOverview(state, ask, signal)
  if (overview.kind !== 'good') return failed(state, overview.answer)
  const rows = await lookAtRows(state, ask, signal, overview.isNew)
  if (rows !== null) return failed(state, rows)
  const history = await lookAtHistory(state, ask, signal)
  if (history !== null) return failed(state, history)
  if (!signal.aborted) state.connection = { kind: 'live' }
  return LOOK_EVERY_MS
}

/** @param {State} state @param {Ask} ask @param {AbortSignal} signal */
async function lookAtOverview(state, ask, signal) {
  const { workspaceId } = state.filter
  const path = `/overview${workspaceId === null ? '' : `?${new URLSearchParams({ workspaceId })}`}`
  // After a refusal there is none, and the next look begins anew.
  const isSame = path === state.overviewPath && state.overview !== null
  if (isSame && Date.now() - state.seenAtMs < LOOK_EVERY_MS - 500)
    return { kind: /** @type {const} */ ('good'), isNew: false }
  /** @type {Answer<Overview>} */
  const answer = await ask(path, signal)
  if (answer.kind !== 'answered') return { kind: /** @type {const} */ ('bad'), answer }
  if (isSame && state.overview !== null) announceChanges(state.overview, answer.body)
  state.overview = answer.body
  state.overviewPath = path
  state.seenAtMs = Date.now()
  const skewMs = answer.nowMs - Date.now()
  state.skewMs = Math.abs(skewMs) < LEAST_SKEW_MS ? 0 : skewMs
  state.problem = null
  return { kind: /** @type {const} */ ('good'), isNew: answer.isNew }
}

/** @param {State} state @param {Ask} ask @param {AbortSignal} signal @param {boolean} haveChanged */
async function lookAtRows(state, ask, signal, haveChanged) {
  const query = String(toQuery(state.filter, state.cursors.at(-1), PAGE_SIZE))
  const { rows } = state
  const goodMs = rows === null || haveChanged || rows.isOutdated ? (rows?.tookMs ?? 0) * COST_FACTOR : ROWS_GOOD_MS
  if (rows?.query === query && Date.now() - rows.readAtMs < goodMs) {
    rows.isOutdated ||= haveChanged
    return null
  }
  const startedAtMs = Date.now()
  /** @type {Answer<HealthPage>} */
  const answer = await ask(`/health?${query}`, signal)
  if (answer.kind !== 'answered') return answer
  const { accounts, nextCursor } = answer.body
  state.rows = {
    query,
    readAtMs: Date.now(),
    tookMs: Date.now() - startedAtMs,
    isOutdated: false,
    accounts,
    nextCursor,
  }
  return null
}

/** @param {State} state @param {Failure} answer */
function failed(state, answer) {
  switch (answer.kind) {
    case 'left':
      return LOOK_EVERY_MS
    case 'unauthorized':
      state.key = null
      state.keyProblem = 'The server does not know this key: mistyped, or revoked.'
      return LOOK_EVERY_MS
    case 'refused':
      state.connection = { kind: 'live' }
      state.problem = answer.message
      state.overview = null
      state.rows = null
      return LOOK_EVERY_MS * 6
    case 'offline':
      state.connection = { kind: 'offline' }
      return LOOK_EVERY_MS
    default: {
      const waitMs = Math.max(LOOK_EVERY_MS, answer.waitMs)
      state.connection = { kind: answer.kind, untilMs: Date.now() + waitMs }
      return waitMs
    }
  }
}
