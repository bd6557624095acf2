import type { AccountStatus } from '../../src/account.ts'
import { attemptOf, type CredentialRow, type ScheduleRow, type Tables } from './tables.ts'

/** What the statement is given, by the numbers of its parameters. */
const read = (values: readonly unknown[]) => ({
  accountId: values[0] as string,
  version: values[1] as number,
  leaseId: values[2] as string,
  attemptId: values[3] as string,
  outcome: values[4] as string,
  status: values[5] as AccountStatus | null,
  dueAt: values[6] as Date | null,
  renewable: values[7] as boolean,
  inDoubt: values[8] as boolean,
  failures: values[9] as number,
  tokenExpiresAt: values[10] as Date | null,
  changesError: values[11] === 'changes',
  error: values[12] as string | null,
  httpStatus: values[13] as number | null,
  code: values[14] as string | null,
  lostRotation: values[15] as boolean,
  reconnectBy: values[16] as Date | null,
  isTried: values[17] as boolean,
  sealed: values[18] as string | null,
  issuedAt: values[19] as Date | null,
  refreshTokenExpiresAt: values[20] as Date | null,
  fingerprint: values[21] as string | null,
  scopes: values[22] as readonly string[] | null,
})

type Given = ReturnType<typeof read>

/**
 * `src/database/save-outcome.ts`: the guard is the lease, or a new credential, and the version of the old one. What is
 * superseded gives back its lease.
 */
export function saveOutcome(tables: Tables, values: readonly unknown[]): object[] {
  const given = read(values)
  const row = tables.schedule.get(given.accountId)
  const credential = tables.credentials.get(given.accountId)
  const attempt = attemptOf(tables, given.attemptId)
  // The statement sees the attempt as it was before.
  const recorded = attempt?.outcome ?? null

  const holdsLease = row?.lease_id === given.leaseId
  const saved = credential?.version === given.version && (holdsLease || given.sealed !== null)
  if (saved && row !== undefined) {
    saveCredential(credential, given)
    saveAccount(tables, given)
    saveSchedule(row, given, { now: tables.now, holdsLease })
  }
  if (!saved && holdsLease) Object.assign(row, { lease_id: null, leased_until: null, attempt_id: null })
  if (attempt !== undefined && (attempt.finished_at === null || attempt.outcome === 'in_doubt')) {
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
  return [{ saved, recorded }]
}

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
