import { randomUUID } from 'node:crypto'
import type { AccountStatus, Trigger } from '../account.ts'
import type { PauseReason } from '../rules/outcome.ts'
import type { Queryable } from './connect.ts'

/** The right to refresh one account, and everything that is known of it at that moment. */
export interface Lease {
  readonly accountId: string
  readonly leaseId: string
  readonly attemptId: string
  /** The attempt is an earlier one that was cut off: nobody knows whether its request was sent. */
  readonly interrupted: boolean
  readonly platform: string
  readonly externalId: string
  readonly status: AccountStatus
  readonly tokenExpiresAt: Date | null
  readonly renewable: boolean
  readonly inDoubt: boolean
  readonly consecutiveFailures: number
  readonly sealed: string
  readonly version: number
  readonly issuedAt: Date | null
  readonly refreshTokenExpiresAt: Date | null
  /** What the last attempt failed for, and since when every one has; null: it did not fail. */
  readonly failing: { readonly code: string | null; readonly since: Date } | null
  /** The app was paused and has not answered well since. */
  readonly isProbe: boolean
  /** The pause was for many accounts that ended at once. */
  readonly isSuspect: boolean
  /** The database's clock when the lease began. */
  readonly takenAt: Date
}

export interface LeaseRequest {
  readonly accountId: string
  readonly trigger: Trigger
  /** When the refresh was asked for: an attempt since then has answered the request already. */
  readonly requestedAt: Date
  /** Handed over by the scan, as one of many: gives way to a pause, whoever has made the account due. */
  readonly isOfMany: boolean
  readonly leaseMs: number
  readonly worker: string
}

/** How long after the end of a lease the scan looks at an account that nobody released. */
const AFTER_LEASE_S = 5

/**
 * Takes the leases of accounts and records the attempts, in one statement and so before any byte leaves. Each account is
 * judged by itself; no account is in there twice.
 *
 * A scheduled job needs the claim of the scan, which it uses up: delivered a second time it finds nothing to do. The
 * other triggers need that nothing was tried since they were asked for. While an app is paused, only an operator gets
 * through who asks for this very account; what the scan handed over is put back, and left alone by the scan until the
 * pause is over.
 *
 * @returns the leases in the order of the requests; null when there is nothing to do: somebody else holds the lease, the
 *   account is gone, or it was seen to
 */
export async function takeLeases(db: Queryable, requests: readonly LeaseRequest[]): Promise<(Lease | null)[]> {
  const asked = requests.map(({ accountId, trigger, requestedAt, isOfMany, leaseMs, worker }) => ({
    ...{ account_id: accountId, trigger, requested_at: requestedAt, is_of_many: isOfMany },
    ...{ lease_id: randomUUID(), lease_s: leaseMs / 1000, worker },
  }))
  const accountIds = requests.map(({ accountId }) => accountId)
  const { rows } = await db.query<LeaseRow>(TAKE_LEASES, [JSON.stringify(asked), accountIds])
  const taken = new Map(rows.map((row) => [row.account_id, readLease(row)]))
  return accountIds.map((accountId) => taken.get(accountId) ?? null)
}

/** The same for one account. */
export async function takeLease(db: Queryable, request: LeaseRequest): Promise<Lease | null> {
  const [lease] = await takeLeases(db, [request])
  return lease ?? null
}

function readLease(row: LeaseRow): Lease {
  return {
    accountId: row.account_id,
    leaseId: row.lease_id,
    attemptId: row.attempt_id,
    interrupted: row.interrupted,
    platform: row.platform,
    externalId: row.external_id,
    status: row.status,
    tokenExpiresAt: row.token_expires_at,
    renewable: row.renewable,
    inDoubt: row.in_doubt,
    consecutiveFailures: row.consecutive_failures,
    sealed: row.sealed,
    version: row.version,
    issuedAt: row.issued_at,
    refreshTokenExpiresAt: row.refresh_token_expires_at,
    failing: row.failing_since === null ? null : { code: row.failing_code, since: row.failing_since },
    isProbe: row.pause_reason !== null,
    isSuspect: row.pause_reason === ('many_accounts_ended' satisfies PauseReason),
    takenAt: row.taken_at,
  }
}

interface LeaseRow {
  account_id: string
  lease_id: string
  attempt_id: string
  interrupted: boolean
  platform: string
  external_id: string
  status: AccountStatus
  token_expires_at: Date | null
  renewable: boolean
  in_doubt: boolean
  consecutive_failures: number
  sealed: string
  version: number
  issued_at: Date | null
  refresh_token_expires_at: Date | null
  failing_since: Date | null
  failing_code: string | null
  pause_reason: string | null
  taken_at: Date
}

// The credential is locked together with the schedule, so that it is read as it is now and not as it was when the
// statement began: a spent token must not be read between another worker's commit and our lock.
//
// $1 the requests, $2 their accounts: by these the planner knows how few rows it is about, of how many millions
const TAKE_LEASES = `
with asked as materialized (
  select * from json_to_recordset($1::json) as asked(account_id text, trigger text, requested_at timestamptz,
    is_of_many boolean, lease_id uuid, lease_s float8, worker text)
), free as materialized (
  select asked.trigger, asked.lease_id, asked.lease_s, asked.worker, s.account_id, s.platform, s.attempt_id,
    s.renewable, s.in_doubt_at, s.consecutive_failures, s.failing_since, s.failing_code, a.external_id, a.status,
    a.token_expires_at, c.sealed, c.version, c.issued_at, c.refresh_token_expires_at, p.reason as pause_reason
  from asked
  join refresh_schedule s on s.account_id = asked.account_id
  join account_credentials c on c.account_id = s.account_id
  join social_accounts a on a.id = s.account_id
  left join platform_states p on p.app = s.app
  where s.account_id = any($2::text[])
    and ((asked.trigger = 'operator' and not asked.is_of_many) or p.paused_until is null or p.paused_until <= now())
    and (s.leased_until is null or s.leased_until <= now())
    and case
      when asked.trigger = 'schedule' then s.claimed_at is not null
      else not exists (
        select from refresh_attempts t where t.account_id = s.account_id and t.started_at >= asked.requested_at)
    end
  for update of s, c skip locked
), paused as materialized (
  -- Waits for nobody, as the others' leases would wait with it.
  select s.account_id
  from asked
  join refresh_schedule s on s.account_id = asked.account_id
  join platform_states p on p.app = s.app
  where asked.is_of_many and s.account_id = any($2::text[]) and s.claimed_at is not null and p.paused_until > now()
  for update of s skip locked
), put_back as (
  -- Due as before: a pause may end sooner than it was meant to.
  update refresh_schedule s set due_at = now(), claimed_at = null
  from paused where s.account_id = paused.account_id
), intent as (
  insert into refresh_attempts (account_id, platform, trigger, old_token_expires_at, worker)
  select account_id, platform, trigger, token_expires_at, worker
  from free where attempt_id is null
  returning id, account_id
)
update refresh_schedule s
set lease_id = free.lease_id,
    leased_until = now() + make_interval(secs => free.lease_s),
    due_at = now() + make_interval(secs => free.lease_s + ${AFTER_LEASE_S}),
    claimed_at = null,
    attempt_id = coalesce(free.attempt_id, intent.id)
from free left join intent on intent.account_id = free.account_id
where s.account_id = free.account_id
returning s.account_id, s.lease_id, s.attempt_id, free.attempt_id is not null as interrupted, free.platform,
  free.external_id, free.status, free.token_expires_at, free.renewable, free.in_doubt_at is not null as in_doubt,
  free.consecutive_failures, free.sealed, free.version, free.issued_at, free.refresh_token_expires_at,
  free.failing_since, free.failing_code, free.pause_reason, now() as taken_at`
