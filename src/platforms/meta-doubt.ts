import { DAY_MS, HOUR_MS } from '../units.ts'
import type { Reading, Subject } from './strategy.ts'

/** For how long a weak signature has to come back before it counts. */
const WEAK_DEATH_MS = HOUR_MS
/** A token that ends this soon has no time for doubts: its owner needs the days to connect again. */
const NO_TIME_FOR_DOUBT_MS = 3 * DAY_MS

/** Marks an answer that has to come back before it counts. */
const UNCONFIRMED = 'unconfirmed'

/**
 * Reads a death without a reason: Meta says that the token is none. So it also looks when a token meets the wrong host or
 * our own storage has spoilt it, and in passing trouble of the platform; so it has to come back after an hour.
 */
export function readWeakDeath(code: string, subject: Subject): Reading {
  const { tokenExpiresAt, now } = subject
  const hasNoTime = tokenExpiresAt !== null && tokenExpiresAt.getTime() - now.getTime() < NO_TIME_FOR_DOUBT_MS
  return hasNoTime || hasRepeated(code, subject, WEAK_DEATH_MS) ? { kind: 'token_expired', code } : unconfirmed(code)
}

/**
 * Nothing is decided yet. The history tells it from the verdict, and so does the breaker, which has to see the moment at
 * which an account ends as news.
 */
export const unconfirmed = (code: string): Reading => ({ kind: 'transient', code: `${code} ${UNCONFIRMED}` })

/** Whether the account has been failing with this very answer for so long. */
export function hasRepeated(code: string, { failing, now }: Subject, forMs: number): boolean {
  if (failing === null || now.getTime() - failing.since.getTime() < forMs) return false
  return failing.code === code || failing.code === `${code} ${UNCONFIRMED}`
}
