import type { Trigger } from '../account.ts'
import type { OutcomeKind } from '../rules/outcome.ts'
import type { AppChange } from './breaker.ts'

/** One attempt, for the log and the metrics: kinds, ids and times, nothing secret. */
export interface Attempt {
  readonly accountId: string
  readonly attemptId: string
  readonly platform: string
  readonly trigger: Trigger
  readonly outcome: OutcomeKind
  readonly code: string | null
  readonly httpStatus: number | null
  readonly lostRotation: boolean
  /** The app is paused because of it. */
  readonly pausesApp: boolean
  /** What this attempt, before all others, changed for the app. */
  readonly appChange: AppChange
  readonly durationMs: number
  readonly leaseMs: number
  /** Of all requests together; null: there was nothing to ask. */
  readonly askMs: number | null
  /** Waited for turns, where the platform has a limit. */
  readonly turnsMs: number
  /** As `askMs`; null also when no answer came. */
  readonly answerMs: number | null
  /** From the answer until the outcome was saved. */
  readonly commitMs: number
  /** Of the access token, when the attempt began; null: unknown. */
  readonly leftMs: number | null
}
