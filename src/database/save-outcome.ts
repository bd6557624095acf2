import type { Settlement } from '../rules/outcome.ts'
import type { Database } from './connect.ts'
import type { Lease } from './take-lease.ts'

/** A new credential, sealed for the version after the one that the lease was taken with. */
export interface NewCredential {
  readonly sealed: string
  /** Undefined: the tokens are the same as before. */
  readonly issuedAt: Date | undefined
  /** Undefined: the answer did not say, what we know stays. */
  readonly refreshTokenExpiresAt: Date | undefined
  readonly fingerprint: string | null
  /** Null: unchanged. */
  readonly scopes: readonly string[] | null
}

/** What of a lease it takes to save what came of it, by this process or a later one. */
export type LeaseKey = Pick<Lease, 'accountId' | 'version' | 'leaseId' | 'attemptId'>

export interface Outcome {
  readonly settlement: Settlement
  readonly httpStatus: number | null
  readonly credential: NewCredential | null
}

/**
 * Writes everything that an attempt changed in one statement: credential, account, schedule and attempt.
 *
 * Guarded by the lease and by the version of the credential that was used. A new credential is also written when the
 * lease was lost, as long as nobody stored another one: the token that it replaces is dead. What is superseded gives back
 * its lease and changes nothing else. Safe to repeat.
 *
 * @returns false when a newer credential or another worker's lease stood in the way; the attempt is then `superseded`
 */
export async function saveOutcome(db: Database, lease: LeaseKey, outcome: Outcome): Promise<boolean> {
  const { settlement, httpStatus, credential } = outcome
  const isTried = settlement.outcome !== 'not_yet_refreshable'
  const { rows } = await db.query<{ saved: boolean; recorded: string | null }>(SAVE_OUTCOME, [
    lease.accountId,
    lease.version,
    lease.leaseId,
    lease.attemptId,
    settlement.outcome,
    settlement.status,
    settlement.dueAt,
    settlement.renewable,
    settlement.inDoubt,
    settlement.consecutiveFailures,
    settlement.tokenExpiresAt,
    settlement.error === undefined ? 'stays' : 'changes',
    settlement.error ?? null,
    httpStatus,
    settlement.code,
    settlement.lostRotation,
    settlement.reconnectBy,
    isTried,
    credential?.sealed ?? null,
    credential?.issuedAt ?? null,
    credential?.refreshTokenExpiresAt ?? null,
    credential?.fingerprint ?? null,
    credential?.scopes ?? null,
  ])
  const [row] = rows
  // A commit whose confirmation was lost is repeated, and finds its own outcome.
  return row !== undefined && (row.saved || row.recorded === settlement.outcome)
}

// $1 account, $2 version that was used, $3 lease, $4 attempt, $5 outcome, $6 status, $7 due at, $8 renewable, $9 in doubt,
// $10 failures in a row, $11 end of the access token, $12 and $13 error, $14 HTTP status, $15 code, $16 lost rotation,
// $17 end of the grant, $18 whether it counts as a try, $19 to $23 the new credential (null: none)
//
// A failure lasts as long as its code comes back, with or without words behind it: another one begins anew, since rules
// that want an answer twice must not take the hours of an outage for its age.
const SAVE_OUTCOME = `
with guard as materialized (
  select s.account_id, s.lease_id is not distinct from $3::uuid as holds_lease
  from refresh_schedule s join account_credentials c on c.account_id = s.account_id
  where s.account_id = $1 and c.version = $2 and (s.lease_id = $3::uuid or $19::text is not null)
  for update of s, c
), credential as (
  update account_credentials c
  set sealed = $19, version = c.version + 1, issued_at = coalesce($20::timestamptz, c.issued_at),
      refresh_token_expires_at = coalesce($21::timestamptz, c.refresh_token_expires_at),
      refresh_token_fingerprint = $22
  from guard where c.account_id = guard.account_id and $19::text is not null
), account as (
  update social_accounts a
  set status = coalesce($6, a.status),
      token_expires_at = $11,
      scopes = coalesce($23::text[], a.scopes),
      last_refreshed_at = case when $5 = 'renewed' then now() else a.last_refreshed_at end,
      last_refresh_attempt_at = case when $18::boolean then now() else a.last_refresh_attempt_at end,
      last_refresh_error = case when $12 = 'changes' then $13 else a.last_refresh_error end,
      last_refresh_error_status = case
        when $12 = 'stays' then a.last_refresh_error_status
        when $13::text is null then null
        else $14::integer
      end
  from guard where a.id = guard.account_id
), schedule as (
  update refresh_schedule s
  set due_at = $7, deadline_at = coalesce($11::timestamptz, $7), renewable = $8, reconnect_by = $17,
      consecutive_failures = $10,
      failing_since = case
        when $10 = 0 then null
        when $18::boolean and not coalesce(starts_with(s.failing_code, $15) or starts_with($15, s.failing_code), false)
          then now()
        else coalesce(s.failing_since, now())
      end,
      failing_code = case when $10 > 0 and $18::boolean then $15 when $10 > 0 then s.failing_code end,
      in_doubt_at = case when $9::boolean then coalesce(s.in_doubt_at, now()) end,
      claimed_at = null,
      lease_id = case when guard.holds_lease then null else s.lease_id end,
      leased_until = case when guard.holds_lease then null else s.leased_until end,
      attempt_id = case when guard.holds_lease then null else s.attempt_id end
  from guard where s.account_id = guard.account_id
), released as (
  update refresh_schedule s set lease_id = null, leased_until = null, attempt_id = null
  where s.account_id = $1 and s.lease_id = $3::uuid and not exists (select from guard)
), attempt as (
  update refresh_attempts t
  set finished_at = now(), outcome = case when exists (select from guard) then $5 else 'superseded' end,
      http_status = $14, error_code = $15, error = $13, lost_rotation = $16,
      new_token_expires_at = case when $5 = 'renewed' then $11::timestamptz end
  where t.id = $4 and (t.finished_at is null or t.outcome = 'in_doubt')
)
select exists (select from guard) as saved,
  (select t.outcome from refresh_attempts t where t.id = $4) as recorded`
