import type { AccountStatus } from '../account.ts'
import type { NewTokens, Reading } from '../platforms/strategy.ts'
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../units.ts'
import { backoffMs, dueAt } from './due.ts'
import type { Finding, Known, OutcomeKind, Settlement } from './outcome.ts'
import { sentences } from './sentences.ts'

/** Bounds of what a platform may ask us to wait. */
const LEAST_HINT_MS = 30 * SECOND_MS
const MOST_HINT_MS = 24 * HOUR_MS
/** How long a platform that refused our app is left alone before one account tries again. */
const APP_PAUSE_MS = 5 * MINUTE_MS
/** Where nothing can be lost by asking again: soon, but not in the middle of the same trouble. */
const SOON_MS = 5 * SECOND_MS
/** How long before its end the access token of an account in doubt is put at risk by asking again. */
const LAST_CALL_MS = MINUTE_MS

/** The rules of what follows from a finding: pure, and the only place that decides about an account's status. */
export function settle(finding: Finding, known: Known): Settlement {
  const { title } = known.strategy
  switch (finding.kind) {
    case 'renewed':
      return settleRenewed(finding.tokens, known)
    case 'token_expired':
      return settleDeadGrant(finding.code, known)
    case 'revoked':
      return ended('revoked', 'REVOKED', { error: sentences.revoked(title), code: finding.code }, known)
    case 'cannot_renew':
      return settleCannotRenew(known)
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
      return settleAppFault(finding.code, known)
    case 'transient':
      return failed('transient', { error: sentences.transient(title), code: finding.code }, known)
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

/**
 * Holds back an account in doubt: its refresh token may be spent, and where there is no grace, presenting it again may
 * end what still works. So that is done when little is left to lose, whoever asks.
 *
 * @returns null when nothing stands in the way
 */
export function holdBackInDoubt(known: Known): Extract<Reading, { kind: 'not_yet_refreshable' }> | null {
  const { inDoubt, strategy, tokenExpiresAt, now } = known
  if (!inDoubt || strategy.graceMs > 0 || tokenExpiresAt === null) return null
  const at = later(tokenExpiresAt, -LAST_CALL_MS)
  return at > now ? { kind: 'not_yet_refreshable', at, code: 'in_doubt' } : null
}

interface Complaint {
  readonly error: string
  readonly code: string | null
}

function settleRenewed(tokens: NewTokens, known: Known): Settlement {
  const { strategy, accountId, now } = known
  const tokenExpiresAt = later(now, tokens.expiresInMs ?? strategy.assumedLifetimeMs)
  return {
    outcome: 'renewed',
    status: 'ACTIVE',
    dueAt: dueAt(strategy, accountId, { issuedAt: now, tokenExpiresAt }, now),
    renewable: true,
    inDoubt: false,
    consecutiveFailures: 0,
    error: null,
    code: null,
    tokenExpiresAt,
    lostRotation: false,
    pauseAppUntil: null,
  }
}

function settleDeadGrant(code: string, known: Known): Settlement {
  const { title, singleUse } = known.strategy
  // After an answer that never came, a dead token means that its successor was in that answer.
  const lostRotation = known.inDoubt && singleUse
  const lost = lostRotation ? sentences.lostRotation(title) : null
  if (!isAlive(known) || known.status !== 'ACTIVE') {
    const status = known.status === 'REVOKED' ? 'REVOKED' : 'TOKEN_EXPIRED'
    const error = lost ?? sentences.grantDead(title)
    return { ...ended('token_expired', status, { error, code }, known), lostRotation }
  }
  // The access token still publishes: the account stays ACTIVE until it ends, and nothing is asked any more.
  const error = lost ?? sentences.grantDying(title)
  return {
    ...failed('token_expired', { error, code }, known),
    dueAt: known.tokenExpiresAt,
    renewable: false,
    inDoubt: false,
    lostRotation,
  }
}

function settleCannotRenew(known: Known): Settlement {
  const hasEnded = known.tokenExpiresAt !== null && !isAlive(known)
  if (hasEnded) {
    return ended('token_expired', 'TOKEN_EXPIRED', { error: sentences.cannotRenew, code: null }, known)
  }
  return {
    ...unchanged(known),
    outcome: 'not_yet_refreshable',
    dueAt: whileActive(known.tokenExpiresAt, known),
    renewable: false,
  }
}

function settleRateLimited(limit: Extract<Reading, { kind: 'rate_limited' }>, known: Known): Settlement {
  const complaint = { error: sentences.rateLimited(known.strategy.title), code: limit.code }
  const settlement = failed('rate_limited', complaint, known)
  if (limit.retryAfterMs === null && limit.scope === 'account') return settlement
  const waitMs = Math.min(MOST_HINT_MS, Math.max(LEAST_HINT_MS, limit.retryAfterMs ?? MINUTE_MS))
  return {
    ...settlement,
    dueAt: nextDue(waitMs * (1 + 0.1 * known.random), known),
    pauseAppUntil: limit.scope === 'app' ? later(known.now, waitMs) : null,
  }
}

function settleAppFault(code: string, known: Known): Settlement {
  const complaint = { error: sentences.appMisconfigured(known.strategy.title), code }
  return {
    ...failed('app_misconfigured', complaint, known),
    dueAt: nextDue(APP_PAUSE_MS + known.random * MINUTE_MS, known),
    pauseAppUntil: later(known.now, APP_PAUSE_MS),
  }
}

function settleInDoubt(code: string, known: Known): Settlement {
  const complaint = { error: sentences.inDoubt(known.strategy.title), code }
  const settlement = { ...failed('in_doubt', complaint, known), inDoubt: true }
  // It was asked once more already, and again nothing came.
  if (known.inDoubt) return settlement
  const heldBack = holdBackInDoubt({ ...known, inDoubt: true })
  const waitMs = heldBack === null ? SOON_MS : heldBack.at.getTime() - known.now.getTime()
  return { ...settlement, dueAt: nextDue(Math.max(waitMs, SOON_MS), known) }
}

/** Nothing can be done any more. */
function ended(outcome: OutcomeKind, status: AccountStatus, complaint: Complaint, known: Known): Settlement {
  return { ...failed(outcome, complaint, known), status, dueAt: null, inDoubt: false }
}

/** The status stays, and the account is tried again later. */
function failed(outcome: OutcomeKind, complaint: Complaint, known: Known): Settlement {
  const consecutiveFailures = known.consecutiveFailures + 1
  const leftMs = known.tokenExpiresAt === null ? null : known.tokenExpiresAt.getTime() - known.now.getTime()
  const dueAt = nextDue(backoffMs(consecutiveFailures, leftMs, known.random), known)
  return { ...unchanged(known), ...complaint, outcome, consecutiveFailures, dueAt }
}

function unchanged(known: Known): Settlement {
  return {
    outcome: 'superseded',
    status: null,
    dueAt: null,
    renewable: known.renewable,
    inDoubt: known.inDoubt,
    consecutiveFailures: known.consecutiveFailures,
    error: undefined,
    code: null,
    tokenExpiresAt: known.tokenExpiresAt,
    lostRotation: false,
    pauseAppUntil: null,
  }
}

/** When a failed account is tried again; one whose grant is dead already only waits for its end. */
function nextDue(waitMs: number, known: Known): Date | null {
  return whileActive(known.renewable ? later(known.now, waitMs) : known.tokenExpiresAt, known)
}

/** An account that is not ACTIVE was tried because an operator wanted to see: once. */
const whileActive = (moment: Date | null, known: Known) => (known.status === 'ACTIVE' ? moment : null)

const isAlive = ({ tokenExpiresAt, now }: Known) => tokenExpiresAt !== null && tokenExpiresAt > now

const later = (moment: Date, byMs: number) => new Date(moment.getTime() + byMs)
