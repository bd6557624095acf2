import type { AccountStatus } from '../../src/account.ts'

// The rows of the model: the columns that statements look at or change, as the database spells them.

export interface AccountRow {
  readonly id: string
  readonly workspace_id: string
  readonly platform: string
  readonly external_id: string
  status: AccountStatus
  scopes: readonly string[]
  token_expires_at: Date | null
  last_refreshed_at: Date | null
  last_refresh_attempt_at: Date | null
  last_refresh_error: string | null
  last_refresh_error_status: number | null
}

export interface CredentialRow {
  sealed: string
  version: number
  issued_at: Date | null
  refresh_token_expires_at: Date | null
  refresh_token_fingerprint: string | null
  connected_fingerprint: string | null
}

export interface ScheduleRow {
  readonly account_id: string
  readonly platform: string
  app: string
  due_at: Date | null
  deadline_at: Date | null
  renewable: boolean
  claimed_at: Date | null
  lease_id: string | null
  leased_until: Date | null
  attempt_id: string | null
  in_doubt_at: Date | null
  consecutive_failures: number
  failing_since: Date | null
  failing_code: string | null
  reconnect_by: Date | null
  requested_at: Date | null
}

export interface AttemptRow {
  readonly id: string
  readonly account_id: string
  readonly trigger: string
  readonly started_at: Date
  readonly old_token_expires_at: Date | null
  finished_at: Date | null
  outcome: string | null
  http_status: number | null
  error_code: string | null
  error: string | null
  new_token_expires_at: Date | null
  lost_rotation: boolean
}

export interface PauseRow {
  paused_until: Date
  reason: string
  since: Date
}

export interface Tables {
  /** The database's clock. */
  now: Date
  readonly accounts: Map<string, AccountRow>
  readonly credentials: Map<string, CredentialRow>
  readonly schedule: Map<string, ScheduleRow>
  /** The id of each is its place, counted from 1. */
  readonly attempts: AttemptRow[]
  readonly pauses: Map<string, PauseRow>
}

export const emptyTables = (now: Date): Tables => ({
  now,
  accounts: new Map(),
  credentials: new Map(),
  schedule: new Map(),
  attempts: [],
  pauses: new Map(),
})

/** One statement: changes the tables as PostgreSQL would, and returns the rows that it answers with. */
export type Statement = (tables: Tables, values: readonly never[]) => readonly object[]

export const after = (now: Date, seconds: number) => new Date(now.getTime() + seconds * 1000)

/** `moment <= now()`, which holds for no null. */
export const hasCome = (moment: Date | null, now: Date) => moment !== null && moment <= now

/** The order of `order by`, nulls last. */
export function byMoment(one: Date | null, other: Date | null): number {
  if (one === null || other === null) return Number(one === null) - Number(other === null)
  return one.getTime() - other.getTime()
}

export const attemptOf = ({ attempts }: Tables, id: string | null) =>
  id === null ? undefined : attempts[Number(id) - 1]

/** A reconnect or a disconnection cuts off the attempt that is under way. */
export function cutOff(tables: Tables, { attempt_id }: ScheduleRow): void {
  const attempt = attemptOf(tables, attempt_id)
  if (attempt?.finished_at === null) Object.assign(attempt, { finished_at: tables.now, outcome: 'superseded' })
}
