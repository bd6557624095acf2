import { type AttemptRow, after, byMoment, hasCome, type Tables } from './tables.ts'

// The guards of the statements between which an attempt lives, said once more.

/** `src/database/claim-due.ts` */
export function claimDue({ schedule, now }: Tables, [app, limit, visibilityS]: [string, number, number]): object[] {
  const due = [...schedule.values()]
    .filter((row) => row.app === app && hasCome(row.due_at, now) && (row.renewable || row.attempt_id !== null))
    .map((row) => ({ row, isFailing: row.consecutive_failures >= 3 }))
    .sort((one, other) => {
      return Number(one.isFailing) - Number(other.isFailing) || byMoment(one.row.deadline_at, other.row.deadline_at)
    })
    .slice(0, limit)
  return due.map(({ row, isFailing }) => {
    const { account_id, deadline_at } = row
    const claimed = { account_id, failing: isFailing, deadline_at, requested: row.requested_at !== null }
    Object.assign(row, { due_at: after(now, visibilityS), claimed_at: now, requested_at: null })
    return claimed
  })
}

/** `src/database/release-claims.ts` */
export function releaseClaims({ schedule, now }: Tables, [accountIds]: [readonly string[]]): object[] {
  for (const row of schedule.values()) {
    if (accountIds.includes(row.account_id) && row.claimed_at !== null) {
      Object.assign(row, { due_at: now, claimed_at: null })
    }
  }
  return []
}

interface Asked {
  readonly account_id: string
  readonly trigger: string
  readonly requested_at: string
  readonly is_of_many: boolean
  readonly lease_id: string
  readonly lease_s: number
}

/** `src/database/take-lease.ts` */
export const takeLeases = (tables: Tables, [asked]: [string]): object[] =>
  JSON.parse(asked).flatMap((one: Asked) => takeLease(tables, one))

function takeLease(tables: Tables, asked: Asked): object[] {
  const { account_id: accountId, trigger, lease_id: leaseId, lease_s: leaseS, is_of_many: isOfMany } = asked
  const requestedAt = new Date(asked.requested_at)
  const { now } = tables
  const row = tables.schedule.get(accountId)
  const credential = tables.credentials.get(accountId)
  const account = tables.accounts.get(accountId)
  if (row === undefined) return []

  const pause = tables.pauses.get(row.app)
  const isPaused = pause !== undefined && pause.paused_until > now
  const isWanted =
    trigger === 'schedule'
      ? row.claimed_at !== null
      : !tables.attempts.some((t) => t.account_id === accountId && t.started_at >= requestedAt)
  const isFree = row.leased_until === null || row.leased_until <= now
  const mayPass = (trigger === 'operator' && !isOfMany) || !isPaused

  if (isOfMany && row.claimed_at !== null && isPaused) {
    Object.assign(row, { due_at: now, claimed_at: null })
  }
  if (credential === undefined || account === undefined || !isWanted || !isFree || !mayPass) return []

  const interrupted = row.attempt_id !== null
  const before = { ...row }
  const attemptId = row.attempt_id ?? intend(tables, { account_id: accountId, trigger }, account.token_expires_at)
  const leased_until = after(now, leaseS)
  const due_at = after(now, leaseS + 5)
  Object.assign(row, { lease_id: leaseId, leased_until, due_at, claimed_at: null, attempt_id: attemptId })
  return [
    {
      account_id: accountId,
      lease_id: leaseId,
      attempt_id: attemptId,
      interrupted,
      platform: row.platform,
      external_id: account.external_id,
      status: account.status,
      token_expires_at: account.token_expires_at,
      renewable: before.renewable,
      in_doubt: before.in_doubt_at !== null,
      consecutive_failures: before.consecutive_failures,
      sealed: credential.sealed,
      version: credential.version,
      issued_at: credential.issued_at,
      refresh_token_expires_at: credential.refresh_token_expires_at,
      failing_since: before.failing_since,
      failing_code: before.failing_code,
      pause_reason: pause?.reason ?? null,
      taken_at: now,
    },
  ]
}

function intend(
  { attempts, now }: Tables,
  whose: Pick<AttemptRow, 'account_id' | 'trigger'>,
  old_token_expires_at: Date | null,
): string {
  const id = String(attempts.length + 1)
  const open = { finished_at: null, outcome: null, http_status: null, error_code: null, error: null }
  attempts.push({
    ...{ id, ...whose, started_at: now, old_token_expires_at },
    ...{ ...open, new_token_expires_at: null, lost_rotation: false },
  })
  return id
}
