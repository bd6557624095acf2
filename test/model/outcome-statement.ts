import type { AccountStatus } from '../../src/account.ts'
import { attemptOf, type CredentialRow, type ScheduleRow, type Tables } from './tables.ts'

const momentOf = (value: unknown) => (typeof value === 'string' ? new Date(value) : null)

/** What the statement is given of one attempt. */
const read = (given: Readonly<Record<string, unknown>>) => ({
  accountId: given.account_id as string,
  version: given.version as number,
  leaseId: given.lease_id as string,
  attemptId: given.attempt_id as string,
  outcome: given.outcome as string,
  status: (given.status ?? null) as AccountStatus | null,
  dueAt: momentOf(given.due_at),
  renewable: given.renewable as boolean,
  inDoubt: given.in_doubt as boolean,
  failures: given.consecutive_failures as number,
  tokenExpiresAt: momentOf(given.token_expires_at),
  changesError: given.changes_error as boolean,
  error: (given.error ?? null) as string | null,
  httpStatus: (given.http_status ?? null) as number | null,
  code: (given.code ?? null) as string | null,
  lostRotation: given.lost_rotation as boolean,
  reconnectBy: momentOf(given.reconnect_by),
  isTried: given.is_tried as boolean,
  sealed: (given.sealed ?? null) as string | null,
  issuedAt: momentOf(given.issued_at),
  refreshTokenExpiresAt: momentOf(given.refresh_token_expires_at),
  fingerprint: (given.fingerprint ?? null) as string | null,
  scopes: (given.scopes ?? null) as readonly string[] | null,
})

type Given = ReturnType<typeof read>

/**
 * `src/database/save-outcome.ts`: the guard is the lease, or a new credential, and the version of the old one. What is
 * superseded gives back its lease.
 */
export const saveOutcomes = (tables: Tables, [finished]: [string]): object[] =>
  JSON.parse(finished).flatMap((one: Record<string, unknown>) => saveOutcome(tables, read(one)))

function saveOutcome(tables: Tables, given: Given): object[] {
  const row = tables.schedule.get(given.accountId)
  const credential = tables.credentials.get(given.accountId)
  const attempt = attemptOf(tables, given.attemptId)
  const holdsLease = row?.lease_id === given.leaseId
  const saved = credential?.version === given.version && (holdsLease || given.sealed !== null)
  if (saved && row !== undefined) {
    saveCredential(credential, given)
    saveAccount(tables, given)
    saveSchedule(row, given, { now: tables.now, holdsLease })
  }
  if (!saved && holdsLease) Object.assign(row, { lease_id: null, leased_until: null, attempt_id: null })
  const isNews = attempt?.finished_at === null || (attempt?.outcome === 'in_doubt' && given.outcome !== 'in_doubt')
  if (attempt !== undefined && isNews) {
    Object.assign(attempt, {
      finished_at: tables.now,
      outcome: saved ? given.outcome : 'superseded',
      http_status: given.httpStatus,
      error_code: given.code,
      error: given.error,
      lost_rotation: given.lostRotation,
      new_token_expires_at: given.outcome === 'renewed' ? given.tokenExpiresAt : null,
    })
  }
  return [{ account_id: given.accountId, saved }]
}

/** The same: what was recorded of attempts. */
export const readRecorded = ({ attempts }: Tables, [ids]: [readonly string[]]): object[] =>
  attempts.filter(({ id }) => ids.includes(id)).map(({ id, outcome }) => ({ id, outcome }))

function saveCredential(credential: CredentialRow, given: Given): void {
  if (given.sealed === null) return
  credential.sealed = given.sealed
  credential.version += 1
  credential.issued_at = given.issuedAt ?? credential.issued_at
  credential.refresh_token_expires_at = given.refreshTokenExpiresAt ?? credential.refresh_token_expires_at
  credential.refresh_token_fingerprint = given.fingerprint
}

function saveAccount({ accounts, now }: Tables, given: Given): void {
  const account = accounts.get(given.accountId)
  if (account === undefined) return
  account.status = given.status ?? account.status
  account.token_expires_at = given.tokenExpiresAt
  account.scopes = given.scopes ?? account.scopes
  if (given.outcome === 'renewed') account.last_refreshed_at = now
  if (given.isTried) account.last_refresh_attempt_at = now
  if (!given.changesError) return
  account.last_refresh_error = given.error
  account.last_refresh_error_status = given.error === null ? null : given.httpStatus
}

function saveSchedule(row: ScheduleRow, given: Given, { now, holdsLease }: { now: Date; holdsLease: boolean }): void {
  const { code, failures, isTried } = given
  const isSame =
    row.failing_code !== null &&
    code !== null &&
    (row.failing_code.startsWith(code) || code.startsWith(row.failing_code))
  if (failures === 0) Object.assign(row, { failing_since: null, failing_code: null })
  else if (isTried) Object.assign(row, { failing_since: isSame ? (row.failing_since ?? now) : now, failing_code: code })
  else row.failing_since ??= now
  Object.assign(row, {
    due_at: given.dueAt,
    deadline_at: given.tokenExpiresAt ?? given.dueAt,
    renewable: given.renewable,
    reconnect_by: given.reconnectBy,
    consecutive_failures: failures,
    in_doubt_at: given.inDoubt ? (row.in_doubt_at ?? now) : null,
    claimed_at: null,
  })
  if (holdsLease) Object.assign(row, { lease_id: null, leased_until: null, attempt_id: null })
}
