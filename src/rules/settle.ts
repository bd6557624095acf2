import type { CredentialChanges } from '../platforms/credential.ts'
import type { NewTokens, Reading } from '../platforms/strategy.ts'
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../units.ts'
import { settleCannotRenew, settleDeadGrant, settleSuspect } from './dead-grant.ts'
import { dueAt } from './due.ts'
import { settleInDoubt } from './in-doubt.ts'
import type { Finding, Known, Settlement } from './outcome.ts'
import { reconnectBy } from './reconnect-by.ts'
import { sentences } from './sentences.ts'
import { APP_PAUSE_MS, ended, failed, heldForApp, later, nextDue, unchanged, whileActive } from './settlement.ts'

/** Bounds of what a platform may ask us to wait. */
const LEAST_HINT_MS = 30 * SECOND_MS
const MOST_HINT_MS = 24 * HOUR_MS

/** The rules of what follows from a finding: pure, and the only place that decides about an account's status. */
export function settle(finding: Finding, known: Known): Settlement {
  const { title } = known.strategy
  switch (finding.kind) {
    case 'renewed':
      return settleRenewed(finding.tokens, known)
    case 'healthy':
      return settleHealthy(finding, known)
    case 'token_expired':
      return known.appIsSuspect ? settleSuspect(finding.code, known) : settleDeadGrant(finding.code, known)
    case 'revoked':
      if (known.appIsSuspect) return settleSuspect(finding.code, known)
      return ended('revoked', 'REVOKED', { error: sentences.revoked(title), code: finding.code }, known)
    case 'cannot_renew':
      return settleCannotRenew(finding.code, known)
    case 'not_yet_refreshable':
      return {
        ...unchanged(known),
        outcome: 'not_yet_refreshable',
        dueAt: whileActive(finding.at, known),
        code: finding.code,
      }
    case 'rate_limited':
      return settleRateLimited(finding, known)
    case 'app_misconfigured':
      return settleAppFault(finding, known)
    case 'transient':
      return settleTransient(finding, known)
    case 'unknown':
      return failed('unknown', { error: sentences.unknown(title), code: finding.code }, known)
    case 'unreadable':
      return failed('unknown', { error: sentences.unreadable, code: finding.code }, known)
    case 'no_answer':
      if (finding.mayBeSpent && known.strategy.singleUse) return settleInDoubt(finding.code, known)
      return failed('transient', { error: sentences.transient(title), code: finding.code }, known)
    default:
      return finding satisfies never
  }
}

function settleRenewed(tokens: NewTokens, known: Known): Settlement {
  const { strategy, now } = known
  const lifetimeMs = tokens.expiresInMs ?? strategy.assumedLifetimeMs
  const tokenExpiresAt = lifetimeMs === null ? null : later(now, lifetimeMs)
  const { refreshTokenExpiresInMs, changes = {} } = tokens
  const refreshTokenExpiresAt =
    refreshTokenExpiresInMs === null ? known.refreshTokenExpiresAt : later(now, refreshTokenExpiresInMs)
  return well('renewed', tokenExpiresAt, { changes, known: { ...known, refreshTokenExpiresAt } })
}

function settleHealthy({ tokenExpiresAt, changes }: Extract<Reading, { kind: 'healthy' }>, known: Known): Settlement {
  return well('healthy', tokenExpiresAt, { changes, known })
}

/** Whatever was wrong before is over. */
function well(
  outcome: 'renewed' | 'healthy',
  tokenExpiresAt: Date | null,
  { changes, known }: { changes: CredentialChanges; known: Known },
): Settlement {
  const { strategy, accountId, now } = known
  const { dataAccessExpiresAt } = changes
  const data = dataAccessExpiresAt === undefined ? known.dataAccessExpiresAt : new Date(dataAccessExpiresAt)
  return {
    outcome,
    status: 'ACTIVE',
    dueAt: dueAt(strategy, accountId, { issuedAt: now, tokenExpiresAt }, now),
    renewable: true,
    inDoubt: false,
    consecutiveFailures: 0,
    error: null,
    code: null,
    tokenExpiresAt,
    reconnectBy: reconnectBy(true, tokenExpiresAt, { ...known, dataAccessExpiresAt: data }),
    lostRotation: false,
    pauseApp: null,
  }
}

function settleTransient({ code, retryAfterMs }: Extract<Reading, { kind: 'transient' }>, known: Known): Settlement {
  const settlement = failed('transient', { error: sentences.transient(known.strategy.title), code }, known)
  if (retryAfterMs === undefined) return settlement
  return { ...settlement, dueAt: nextDue(clampHint(retryAfterMs) * (1 + 0.1 * known.random), known) }
}

function settleRateLimited(limit: Extract<Reading, { kind: 'rate_limited' }>, known: Known): Settlement {
  const complaint = { error: sentences.rateLimited(known.strategy.title), code: limit.code }
  const settlement = failed('rate_limited', complaint, known)
  if (limit.retryAfterMs === null && limit.scope === 'account') return settlement
  const waitMs = clampHint(limit.retryAfterMs ?? MINUTE_MS)
  return {
    ...settlement,
    dueAt: nextDue(waitMs * (1 + 0.1 * known.random), known),
    pauseApp: limit.scope === 'app' ? { until: later(known.now, waitMs), reason: 'rate_limited' } : null,
  }
}

const clampHint = (waitMs: number) => Math.min(MOST_HINT_MS, Math.max(LEAST_HINT_MS, waitMs))

function settleAppFault({ code, scope }: Extract<Reading, { kind: 'app_misconfigured' }>, known: Known): Settlement {
  const complaint = { error: sentences.appMisconfigured(known.strategy.title), code }
  if (scope === 'account') return failed('app_misconfigured', complaint, known)
  return heldForApp(complaint, { until: later(known.now, APP_PAUSE_MS), reason: 'app_misconfigured' }, known)
}
