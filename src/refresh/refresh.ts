import { performance } from 'node:perf_hooks'
import type { Lease } from '../database/take-lease.ts'
import { settle } from '../rules/settle.ts'
import { reach } from '../steps.ts'
import { askPlatform, DEADLINE_MS, knownOf } from './ask-platform.ts'
import type { Attempt } from './attempt.ts'
import { judgeApp } from './breaker.ts'
import type { RefreshContext, RefreshRequest } from './context.ts'
import { openAccount, sealChanged } from './opened-account.ts'
import { persist } from './persist.ts'
import { startStopwatch } from './stopwatch.ts'

/** Longer than the deadline, the commit and any pause that is likely between them. */
const LEASE_MS = 90_000
/** What has to be left of the lease when an answer comes at the last moment. */
const COMMIT_MARGIN_MS = 15_000

/** An attempt that has its lease: from here on nobody needs to be told of the account again, the lease runs out. */
export interface BegunAttempt {
  readonly request: RefreshRequest
  readonly lease: Lease
  readonly startedMs: number
  readonly leasedMs: number
  readonly sinceStartMs: () => number
}

/**
 * Makes one attempt to refresh one account: lease and intent, request, commit.
 *
 * Safe to call twice for the same request and from several processes: the lease lets one through.
 *
 * @returns null when there was nothing to do
 */
export async function refresh(context: RefreshContext, request: RefreshRequest): Promise<Attempt | null> {
  const begun = await beginAttempt(context, request)
  return begun === null ? null : finishAttempt(context, begun)
}

/** Takes the lease and records the intent. */
export async function beginAttempt(
  { ledger, worker }: Pick<RefreshContext, 'ledger' | 'worker'>,
  request: RefreshRequest,
): Promise<BegunAttempt | null> {
  const startedMs = performance.now()
  const sinceStartMs = startStopwatch()
  reach('before_claim')
  const lease = await ledger.takeLease({ isOfMany: false, ...request, leaseMs: LEASE_MS, worker })
  if (lease === null) return null
  reach('after_claim')
  return { request, lease, startedMs, leasedMs: performance.now(), sinceStartMs }
}

/** Asks the platform and saves what it said. */
export async function finishAttempt(context: RefreshContext, begun: BegunAttempt): Promise<Attempt> {
  const { db, log } = context
  const { request, lease, startedMs, leasedMs, sinceStartMs } = begun
  // From when the lease is here: what its statement waited for a connection is in the database's clock already.
  const clock = () => new Date(lease.takenAt.getTime() + performance.now() - leasedMs)
  const mayStillSend = () => sinceStartMs() < LEASE_MS - DEADLINE_MS - COMMIT_MARGIN_MS
  const opened = openAccount(context, lease)
  const { finding, httpStatus, askMs, turnsMs } = await askPlatform(context, lease, opened, { mayStillSend, clock })

  // From here to the commit nothing else happens: the answer may hold the only token that still works.
  reach('after_answer')
  const answeredAt = clock()
  const settlement = settle(finding, knownOf(lease, opened, answeredAt))
  const credential = sealChanged(context.vault, opened, { finding, answeredAt })
  const isSaved = await persist(context, lease, { settlement, httpStatus, credential })
  reach('after_commit')
  const savedAt = clock()

  const appChange = await judgeApp(db, opened.strategy.app, lease, settlement, log)
  return {
    accountId: lease.accountId,
    attemptId: lease.attemptId,
    platform: lease.platform,
    trigger: request.trigger,
    outcome: isSaved ? settlement.outcome : 'superseded',
    code: settlement.code,
    httpStatus,
    lostRotation: settlement.lostRotation,
    pausesApp: settlement.pauseApp !== null,
    appChange,
    durationMs: Math.round(performance.now() - startedMs),
    leaseMs: Math.round(leasedMs - startedMs),
    askMs,
    turnsMs,
    answerMs: httpStatus === null ? null : askMs,
    commitMs: savedAt.getTime() - answeredAt.getTime(),
    leftMs: lease.tokenExpiresAt === null ? null : lease.tokenExpiresAt.getTime() - lease.takenAt.getTime(),
  }
}
