import type { AccountStatus } from '../account.ts'
import { MINUTE_MS } from '../units.ts'
import { backoffMs } from './due.ts'
import type { AppPause, Known, OutcomeKind, Settlement } from './outcome.ts'
import { reconnectBy } from './reconnect-by.ts'

// What the rules are built of.

/** How long a platform that refused our app is left alone before one account tries again. */
export const APP_PAUSE_MS = 5 * MINUTE_MS

/** What the owner reads, and the platform's word for the history. */
export interface Complaint {
  readonly error: string
  readonly code: string | null
}

/** Nothing can be done any more. */
export function ended(outcome: OutcomeKind, status: AccountStatus, complaint: Complaint, known: Known): Settlement {
  return { ...failed(outcome, complaint, known), status, dueAt: null, inDoubt: false }
}

/** The status stays, and the account is tried again later. */
export function failed(outcome: OutcomeKind, complaint: Complaint, known: Known): Settlement {
  const consecutiveFailures = known.consecutiveFailures + 1
  const leftMs = known.tokenExpiresAt === null ? null : known.tokenExpiresAt.getTime() - known.now.getTime()
  const dueAt = nextDue(backoffMs(consecutiveFailures, leftMs, known.random), known)
  return { ...unchanged(known), ...complaint, outcome, consecutiveFailures, dueAt }
}

export function unchanged(known: Known): Settlement {
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
    reconnectBy: reconnectBy(known.renewable, known.tokenExpiresAt, known),
    lostRotation: false,
    pauseApp: null,
  }
}

/** When a failed account is tried again; one whose grant is dead already only waits for its end. */
export function nextDue(waitMs: number, known: Known): Date | null {
  return whileActive(known.renewable ? later(known.now, waitMs) : known.tokenExpiresAt, known)
}

/** An account that is not ACTIVE was tried because an operator wanted to see: once. */
export const whileActive = (moment: Date | null, known: Known) => (known.status === 'ACTIVE' ? moment : null)

export const isAlive = ({ tokenExpiresAt, now }: Known) => tokenExpiresAt !== null && tokenExpiresAt > now

export const later = (moment: Date, byMs: number) => new Date(moment.getTime() + byMs)

/** The account waits as long as its app is paused. */
export function heldForApp(complaint: Complaint, pauseApp: AppPause, known: Known): Settlement {
  const dueAt = nextDue(APP_PAUSE_MS + known.random * MINUTE_MS, known)
  return { ...failed('app_misconfigured', complaint, known), dueAt, pauseApp }
}
