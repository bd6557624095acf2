import type { AccountStatus } from '../account.ts'
import type { Reading, Strategy } from '../platforms/strategy.ts'

/** What an attempt led to: the same word in the union, the log, the metric label and the database. */
export type OutcomeKind =
  | 'renewed'
  | 'healthy'
  | 'token_expired'
  | 'revoked'
  | 'rate_limited'
  | 'transient'
  | 'in_doubt'
  | 'app_misconfigured'
  | 'unknown'
  | 'not_yet_refreshable'
  | 'superseded'

/** What an attempt found out, before the rules say what follows. */
export type Finding =
  | Reading
  /** No whole answer came. `mayBeSpent`: bytes with the refresh token had left. */
  | { readonly kind: 'no_answer'; readonly code: string; readonly mayBeSpent: boolean }
  /** The credential does not open: our own trouble. */
  | { readonly kind: 'unreadable'; readonly code: string }

/** The code of an attempt that found another one cut off: its process died, or lost its lease. */
export const INTERRUPTED = 'interrupted'

/** What was known of the account when the attempt began, and the moment at which it ended. */
export interface Known {
  readonly accountId: string
  readonly strategy: Strategy
  readonly status: AccountStatus
  readonly tokenExpiresAt: Date | null
  readonly refreshTokenExpiresAt: Date | null
  readonly dataAccessExpiresAt: Date | null
  readonly renewable: boolean
  readonly inDoubt: boolean
  readonly consecutiveFailures: number
  /** Many accounts of the app ended at once, and none has been renewed since: an answer is no proof of a dead grant. */
  readonly appIsSuspect: boolean
  /** The database's clock. */
  readonly now: Date
  /** From 0 to 1: for jitter. */
  readonly random: number
}

/** Everything that one attempt changes, except the credential itself. */
export interface Settlement {
  readonly outcome: OutcomeKind
  /** Null: unchanged. */
  readonly status: AccountStatus | null
  /** Null: nothing to do any more. */
  readonly dueAt: Date | null
  readonly renewable: boolean
  readonly inDoubt: boolean
  readonly consecutiveFailures: number
  /** For the owner; null clears it, undefined leaves what is there. */
  readonly error: string | null | undefined
  /** The platform's word, for the history. */
  readonly code: string | null
  readonly tokenExpiresAt: Date | null
  /** When the grant ends whatever we do; null: not known. */
  readonly reconnectBy: Date | null
  readonly lostRotation: boolean
  /** What follows for all accounts of the app; null: nothing. */
  readonly pauseApp: AppPause | null
}

export interface AppPause {
  readonly until: Date
  readonly reason: PauseReason
}

/** Why an app is paused; an operator's own words are another reason. */
export type PauseReason = 'app_misconfigured' | 'rate_limited' | 'many_accounts_ended'
