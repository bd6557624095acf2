import { setTimeout as wait } from 'node:timers/promises'
import { readApp } from '../app.ts'
import type { Database } from '../database/connect.ts'
import { readTokenState, type TokenState } from '../database/token-state.ts'
import type { Queues } from '../queue/queues.ts'
import { judgeAttempt, requireActive } from './judge.ts'
import { TemporarilyUnavailable } from './token-errors.ts'

export interface RenewOptions {
  readonly timeoutMs: number
  /** An attempt that began this long ago, or later, answers the request. */
  readonly answersForMs: number
}

const FIRST_POLL_MS = 50
const LONGEST_POLL_MS = 500
/** A job that found the account held for a moment, or was lost with the queue, is put again; it does nothing twice. */
const ASK_AGAIN_MS = 5000

/**
 * Has an account refreshed by the daemons, ahead of what is scheduled, and waits for it.
 *
 * One request reaches the platform however many processes ask: an attempt that is under way is waited for, and the lease
 * lets no other through for a request from before it.
 *
 * @returns the state with the new token
 */
export async function renew(
  { db, queues }: { db: Database; queues: Queues },
  accountId: string,
  before: TokenState,
  { timeoutMs, answersForMs }: RenewOptions,
): Promise<TokenState> {
  refusePaused(accountId, before)
  const deadlineMs = performance.now() + timeoutMs
  const requestedAt = new Date(before.now.getTime() - answersForMs)
  let state = before
  let askedMs = Number.NEGATIVE_INFINITY
  for (let pollMs = FIRST_POLL_MS; performance.now() < deadlineMs; pollMs = Math.min(LONGEST_POLL_MS, pollMs * 1.5)) {
    if (!state.isLeased && performance.now() - askedMs > ASK_AGAIN_MS) {
      await ask(queues, accountId, state.app, requestedAt)
      askedMs = performance.now()
    }
    await wait(Math.max(1, Math.min(pollMs, deadlineMs - performance.now())))
    state = requireActive(accountId, await readTokenState(db, accountId, { endedSince: requestedAt }))
    if (state.version !== before.version || judgeAttempt(accountId, state) === 'stored') return state
  }
  throw new TemporarilyUnavailable(accountId, {
    reason: 'timeout',
    message: `No daemon has renewed the token within ${timeoutMs} ms.`,
  })
}

function refusePaused(accountId: string, { app, pausedUntil, pauseReason }: TokenState): void {
  if (pauseReason === null) return
  const message = `${app} is paused: ${pauseReason}`
  throw new TemporarilyUnavailable(accountId, { reason: 'paused', message, retryAt: pausedUntil })
}

async function ask(queues: Queues, accountId: string, name: string, requestedAt: Date): Promise<void> {
  const app = readApp(name)
  if (app === null) {
    throw new TemporarilyUnavailable(accountId, {
      reason: 'queue',
      message: `This version does not know the app ${name}.`,
    })
  }
  await queues
    .add(app, [{ accountIds: [accountId], trigger: 'on_demand' }], { requestedAt, urgent: true })
    .catch((cause) => {
      throw new TemporarilyUnavailable(accountId, { reason: 'queue', message: 'The queue does not answer.', cause })
    })
}
