import { performance } from 'node:perf_hooks'
import type { Trigger } from '../account.ts'
import type { Config } from '../config.ts'
import type { Database } from '../database/connect.ts'
import type { Ledger } from '../database/ledger.ts'
import type { Lease } from '../database/take-lease.ts'
import type { Escrow } from '../escrow/escrow.ts'
import type { Log } from '../log.ts'
import type { AttemptMetrics } from '../metrics/attempt-metrics.ts'
import type { Agents } from '../oauth/agents.ts'
import type { Credential } from '../platforms/credential.ts'
import { isConfigured } from '../platforms/registry.ts'
import type { Strategy, Subject } from '../platforms/strategy.ts'
import { assumeIssuedAt } from '../rules/due.ts'
import { holdBackInDoubt } from '../rules/in-doubt.ts'
import type { Finding, Known } from '../rules/outcome.ts'
import { settle } from '../rules/settle.ts'
import { reach } from '../steps.ts'
import { HOUR_MS } from '../units.ts'
import type { Vault } from '../vault.ts'
import type { Attempt } from './attempt.ts'
import { judgeApp } from './breaker.ts'
import { type Conversation, converse } from './converse.ts'
import { type OpenedAccount, openAccount, sealChanged } from './opened-account.ts'
import type { Pace } from './pace.ts'
import { persist } from './persist.ts'
import { restore } from './restore.ts'
import { startStopwatch } from './stopwatch.ts'
import { withholdSecrets } from './stored-credential.ts'

/** What every attempt needs. */
export interface RefreshContext {
  readonly db: Database
  readonly ledger: Ledger
  readonly vault: Vault
  readonly escrow: Escrow
  readonly config: Config
  readonly agents: Agents
  readonly pace: Pace
  readonly log: Log
  readonly metrics: AttemptMetrics
  /** Names this process in the history. */
  readonly worker: string
}

export interface RefreshRequest {
  readonly accountId: string
  readonly trigger: Trigger
  readonly requestedAt: Date
  /** Handed over by the scan; else somebody asked for this one account. */
  readonly isOfMany?: boolean
}

/** Longer than the deadline, the commit and any pause that is likely between them. */
const LEASE_MS = 90_000
const DEADLINE_MS = 30_000
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
  const opened = openAccount(context, lease)
  const { finding, httpStatus, askMs } = await ask(context, lease, opened, { sinceStartMs, clock })

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
    answerMs: httpStatus === null ? null : askMs,
    commitMs: savedAt.getTime() - answeredAt.getTime(),
    leftMs: lease.tokenExpiresAt === null ? null : lease.tokenExpiresAt.getTime() - lease.takenAt.getTime(),
  }
}

/** `askMs`: how long the platform was asked; null: it was not. */
type Asked = Conversation & { askMs: number | null }
type Timing = { sinceStartMs: () => number; clock: () => Date }

async function ask(
  context: RefreshContext,
  lease: Lease,
  { strategy, credential, reason }: OpenedAccount,
  { sinceStartMs, clock }: Timing,
): Promise<Asked> {
  const { config, agents, pace } = context
  const silent = (finding: Finding): Asked => ({ finding, httpStatus: null, askMs: null })
  const unsaved = lease.interrupted || lease.inDoubt ? await restore(context, lease) : null
  if (unsaved !== null) return silent(unsaved)
  if (lease.interrupted) return silent({ kind: 'no_answer', code: 'interrupted', mayBeSpent: true })
  if (credential === null) return silent({ kind: 'unreadable', code: reason })

  const subject = subjectOf(config, lease, strategy, credential)
  const known = knownOf(lease, { strategy, credential }, clock())
  if (!strategy.canRenew(credential)) return silent({ kind: 'cannot_renew', code: null })
  if (!isConfigured(strategy, config)) return silent(notConfigured(known.now))
  const early = holdBackInDoubt(known) ?? strategy.precheck?.(subject) ?? { kind: 'ready' }
  if (early.kind !== 'ready') return silent(early)

  const mayStillSend = () => sinceStartMs() < LEASE_MS - DEADLINE_MS - COMMIT_MARGIN_MS
  let waitedMs = 0
  const turn = async () => {
    const waited = await pace.turn(strategy.app)
    waitedMs += waited
    return waited
  }
  const askedMs = performance.now()
  const conversation = await converse(strategy, subject, agents, { deadlineMs: DEADLINE_MS, mayStillSend, turn })
  const askMs = Math.round(performance.now() - askedMs - waitedMs)
  return { ...conversation, finding: withholdSecrets(conversation.finding, credential), askMs }
}

/** Nobody is to blame but our settings: the account waits, and no platform is asked with half a client. */
function notConfigured(now: Date): Finding {
  return { kind: 'not_yet_refreshable', at: new Date(now.getTime() + HOUR_MS), code: 'app_not_configured' }
}

function subjectOf(config: Config, lease: Lease, strategy: Strategy, credential: Credential): Subject {
  const app = config.apps[strategy.app]
  return {
    credential,
    externalId: lease.externalId,
    baseUrl: app.baseUrl ?? strategy.origin,
    clientId: app.clientId,
    clientSecret: app.clientSecret,
    clientKey: app.clientKey,
    plcUrl: config.blueskyPlcUrl,
    issuedAt: assumeIssuedAt(strategy, lease),
    tokenExpiresAt: lease.tokenExpiresAt,
    refreshTokenExpiresAt: lease.refreshTokenExpiresAt,
    failing: lease.failing,
    now: lease.takenAt,
  }
}

function knownOf(lease: Lease, opened: Pick<OpenedAccount, 'strategy' | 'credential'>, now: Date): Known {
  const { strategy, credential } = opened
  const { accountId, status, tokenExpiresAt, refreshTokenExpiresAt, renewable, inDoubt, consecutiveFailures } = lease
  const dataAccessExpiresAt = credential?.dataAccessExpiresAt
  return {
    ...{ accountId, strategy, status, tokenExpiresAt, refreshTokenExpiresAt, renewable, inDoubt, consecutiveFailures },
    dataAccessExpiresAt: dataAccessExpiresAt === undefined ? null : new Date(dataAccessExpiresAt),
    appIsSuspect: lease.isSuspect,
    now,
    random: Math.random(),
  }
}
