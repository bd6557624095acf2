import { performance } from 'node:perf_hooks'
import type { Config } from '../config.ts'
import type { Lease } from '../database/take-lease.ts'
import type { Credential } from '../platforms/credential.ts'
import { isConfigured } from '../platforms/registry.ts'
import type { Strategy, Subject } from '../platforms/strategy.ts'
import { assumeIssuedAt } from '../rules/due.ts'
import { holdBackInDoubt } from '../rules/in-doubt.ts'
import { type Finding, INTERRUPTED, type Known } from '../rules/outcome.ts'
import { HOUR_MS } from '../units.ts'
import type { RefreshContext } from './context.ts'
import { type Conversation, converse } from './converse.ts'
import type { OpenedAccount } from './opened-account.ts'
import { restore } from './restore.ts'
import { withholdSecrets } from './stored-credential.ts'

/** From the first byte to the last of an answer. */
export const DEADLINE_MS = 30_000

/** `askMs`: how long the platform was asked, null: it was not; `turnsMs`: how long was waited for turns to ask it. */
export type Asked = Conversation & { askMs: number | null; turnsMs: number }
type Timing = { mayStillSend: () => boolean; clock: () => Date }

/**
 * Asks the platform, unless it is known beforehand what comes of it.
 *
 * @param timing `mayStillSend`: asked in the last moment before the first byte leaves; `clock`: the database's
 */
export async function askPlatform(
  context: RefreshContext,
  lease: Lease,
  { strategy, credential, reason }: OpenedAccount,
  { mayStillSend, clock }: Timing,
): Promise<Asked> {
  const { config, agents, pace } = context
  const silent = (finding: Finding): Asked => ({ finding, httpStatus: null, askMs: null, turnsMs: 0 })
  const unsaved = lease.interrupted || lease.inDoubt ? await restore(context, lease) : null
  if (unsaved !== null) return silent(unsaved)
  if (lease.interrupted) return silent({ kind: 'no_answer', code: INTERRUPTED, mayBeSpent: true })
  if (credential === null) return silent({ kind: 'unreadable', code: reason })

  const subject = subjectOf(config, lease, strategy, credential)
  const known = knownOf(lease, { strategy, credential }, clock())
  if (!strategy.canRenew(credential)) return silent({ kind: 'cannot_renew', code: null })
  if (!isConfigured(strategy, config)) return silent(notConfigured(known.now))
  const early = holdBackInDoubt(known) ?? strategy.precheck?.(subject) ?? { kind: 'ready' }
  if (early.kind !== 'ready') return silent(early)

  let turnsMs = 0
  const turn = async () => {
    const waitedMs = await pace.turn(strategy.app)
    turnsMs += waitedMs
    return waitedMs
  }
  const askedMs = performance.now()
  const conversation = await converse(strategy, subject, agents, { deadlineMs: DEADLINE_MS, mayStillSend, turn })
  const askMs = Math.round(performance.now() - askedMs - turnsMs)
  return { ...conversation, finding: withholdSecrets(conversation.finding, credential), askMs, turnsMs }
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

/** What the rules look at. */
export function knownOf(lease: Lease, opened: Pick<OpenedAccount, 'strategy' | 'credential'>, now: Date): Known {
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
