import type { Known, Settlement } from './outcome.ts'
import { sentences } from './sentences.ts'
import { APP_PAUSE_MS, ended, failed, heldForApp, isAlive, later, unchanged, whileActive } from './settlement.ts'

/** The platform has called the grant dead, in its own words. */
export function settleDeadGrant(code: string, known: Known): Settlement {
  const { title, singleUse } = known.strategy
  // After an answer that never came, a dead token means that its successor was in that answer.
  const lostRotation = known.inDoubt && singleUse
  const lost = lostRotation ? sentences.lostRotation(title) : null
  // Where the access token renews itself, it is what the platform has just called dead.
  if (!isAlive(known) || known.strategy.renewsItself || known.status !== 'ACTIVE') {
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
    reconnectBy: known.tokenExpiresAt,
    inDoubt: false,
    lostRotation,
  }
}

/** So many accounts do not end in the same minutes by themselves: rather our app, or the platform. Nobody is ended now. */
export function settleSuspect(code: string, known: Known): Settlement {
  const pause = { until: later(known.now, APP_PAUSE_MS), reason: 'many_accounts_ended' } as const
  return heldForApp({ error: sentences.manyEnded(known.strategy.title), code }, pause, known)
}

/** Nothing renews the account: it works until its access token ends. */
export function settleCannotRenew(code: string | null, known: Known): Settlement {
  const hasEnded = known.tokenExpiresAt !== null && !isAlive(known)
  if (hasEnded) {
    return ended('token_expired', 'TOKEN_EXPIRED', { error: sentences.cannotRenew, code }, known)
  }
  return {
    ...unchanged(known),
    outcome: 'not_yet_refreshable',
    dueAt: whileActive(known.tokenExpiresAt, known),
    renewable: false,
    reconnectBy: known.tokenExpiresAt,
    code,
  }
}
