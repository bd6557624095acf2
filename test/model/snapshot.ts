import type { Tables } from './tables.ts'

// What the tables hold, row by row, as the model has it and as the database says it.

/** By table, the rows in order of their ids. */
export type Snapshot = Readonly<Record<string, readonly (readonly unknown[])[]>>

const COLUMNS = {
  accounts: `id, status, scopes, token_expires_at, last_refreshed_at, last_refresh_attempt_at, last_refresh_error,
    last_refresh_error_status`,
  credentials: `account_id, sealed, version, issued_at, refresh_token_expires_at, refresh_token_fingerprint,
    connected_fingerprint`,
  schedule: `account_id, app, due_at, deadline_at, renewable, claimed_at, lease_id, leased_until, attempt_id::text, in_doubt_at,
    consecutive_failures, failing_since, failing_code, reconnect_by, requested_at`,
  attempts: `id::text, account_id, trigger, started_at, old_token_expires_at, finished_at, outcome, http_status, error_code, error,
    new_token_expires_at, lost_rotation`,
  pauses: 'app, paused_until, reason, since',
} as const

const TABLES: Readonly<Record<keyof typeof COLUMNS, string>> = {
  accounts: 'social_accounts',
  credentials: 'account_credentials',
  schedule: 'refresh_schedule',
  attempts: 'refresh_attempts',
  pauses: 'platform_states',
}

const NAMES = Object.keys(COLUMNS) as (keyof typeof COLUMNS)[]

/** The statement that answers with the snapshot of a database. */
export const SELECT_SNAPSHOT = `select json_build_object(${NAMES.map((name) => {
  const rows = `select json_agg(json_build_array(${COLUMNS[name]})) from ${TABLES[name]}`
  return `'${name}', coalesce((${rows}), '[]')`
}).join(', ')}) as snapshot`

/** The snapshot of the model. */
export function snapshotOf(tables: Tables): Snapshot {
  const rowsOf: Record<keyof typeof COLUMNS, readonly object[]> = {
    accounts: [...tables.accounts.values()],
    credentials: [...tables.credentials].map(([account_id, row]) => ({ account_id, ...row })),
    schedule: [...tables.schedule.values()],
    attempts: tables.attempts,
    pauses: [...tables.pauses].map(([app, row]) => ({ app, ...row })),
  }
  return comparable(
    Object.fromEntries(
      NAMES.map((name) => {
        const columns = COLUMNS[name].split(/,\s+/)
        return [
          name,
          rowsOf[name].map((row) => columns.map((column) => row[column.replace('::text', '') as keyof typeof row])),
        ]
      }),
    ),
  )
}

const MOMENT = /^\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)$/

/** Moments as numbers and rows in one order, however they were written. */
export function comparable<Value>(value: Value): Value {
  const read = (_: string, part: unknown) => {
    if (typeof part === 'string' && MOMENT.test(part)) return Date.parse(part)
    return part
  }
  const parsed = JSON.parse(JSON.stringify(value), read)
  for (const rows of Object.values(parsed as object)) {
    if (Array.isArray(rows)) rows.sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1))
  }
  return parsed
}
