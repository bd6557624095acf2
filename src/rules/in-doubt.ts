import type { Reading } from '../platforms/strategy.ts'
import { MINUTE_MS, SECOND_MS } from '../units.ts'
import type { Known, Settlement } from './outcome.ts'
import { sentences } from './sentences.ts'
import { failed, later, nextDue } from './settlement.ts'

/** Where nothing can be lost by asking again: soon, but not in the middle of the same trouble. */
const SOON_MS = 5 * SECOND_MS
/** How long before its end the access token of an account in doubt is put at risk by asking again. */
const LAST_CALL_MS = MINUTE_MS

/** A refresh token that works once was sent, and nobody knows whether it is spent. */
export function settleInDoubt(code: string, known: Known): Settlement {
  const complaint = { error: sentences.inDoubt(known.strategy.title), code }
  const settlement = { ...failed('in_doubt', complaint, known), inDoubt: true }
  // It was asked once more already, and again nothing came.
  if (known.inDoubt) return settlement
  const heldBack = holdBackInDoubt({ ...known, inDoubt: true })
  const waitMs = heldBack === null ? SOON_MS : heldBack.at.getTime() - known.now.getTime()
  return { ...settlement, dueAt: nextDue(Math.max(waitMs, SOON_MS), known) }
}

/**
 * Holds back an account in doubt: its refresh token may be spent, and where there is no grace, presenting it again may
 * end what still works. So that is done when little is left to lose, whoever asks.
 *
 * @returns null when nothing stands in the way
 */
export function holdBackInDoubt(known: Known): Extract<Reading, { kind: 'not_yet_refreshable' }> | null {
  const { inDoubt, strategy, tokenExpiresAt, now } = known
  if (!inDoubt || !strategy.replayEndsGrant || tokenExpiresAt === null) return null
  const at = later(tokenExpiresAt, -LAST_CALL_MS)
  return at > now ? { kind: 'not_yet_refreshable', at, code: 'in_doubt' } : null
}
