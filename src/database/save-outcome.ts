import type { Settlement } from '../rules/outcome.ts'
import type { Queryable } from './connect.ts'
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

/** What came of an attempt, and whose it was. */
export interface Finished {
  readonly lease: LeaseKey
  readonly outcome: Outcome
}

/**
 * Writes everything that attempts changed in one statement: credential, account, schedule and attempt. Each is judged by
 * itself; no account is in there twice.
 *
 * Guarded by the lease and by the version of the credential that was used. A new credential is also written when the
 * lease was lost, as long as nobody stored another one: the token that it replaces is dead. What is superseded gives back
 * its lease and changes nothing else. Safe to repeat.
 *
 * @returns in the order of what was given: false when a newer credential or another worker's lease stood in the way, the
 *   attempt is then `superseded`; null when somebody holds the account's rows at this moment, and nothing was done
 */
export const saveOutcomes = (db: Queryable, finished: readonly Finished[]): Promise<(boolean | null)[]> =>
  save(db, SAVE_WHAT_IS_FREE, finished)

/**
 * The same for one attempt, and waits for whoever holds the account's rows.
 *
 * @returns false when the attempt is `superseded`
 */
export async function saveOutcome(db: Queryable, lease: LeaseKey, outcome: Outcome): Promise<boolean> {
  const [isSaved] = await save(db, SAVE, [{ lease, outcome }])
  return isSaved === true
}

async function save(db: Queryable, statement: string, finished: readonly Finished[]): Promise<(boolean | null)[]> {
  const accountIds = finished.map(({ lease }) => lease.accountId)
  const attemptIds = finished.map(({ lease }) => lease.attemptId)
  const { rows } = await db.query<SavedRow>(statement, [JSON.stringify(finished.map(describe)), accountIds, attemptIds])
  const isSaved = new Map(rows.map((row) => [row.account_id, row.saved]))
  const others = finished.filter(({ lease }) => isSaved.get(lease.accountId) === false)
  const recorded = others.length === 0 ? null : await readRecorded(db, others)
  return finished.map(({ lease, outcome }) => {
    const saved = isSaved.get(lease.accountId)
    return saved === undefined ? null : saved || recorded?.get(lease.attemptId) === outcome.settlement.outcome
  })
}

interface SavedRow {
  account_id: string
  saved: boolean
}

/**
 * A commit whose confirmation was lost is repeated, and finds its own outcome: by a statement that begins after it, since the
 * one that repeats it may have waited for it, and sees attempts as they were when it began.
 */
async function readRecorded(db: Queryable, finished: readonly Finished[]): Promise<Map<string, string | null>> {
  const { rows } = await db.query<{ id: string; outcome: string | null }>(
    'select id, outcome from refresh_attempts where id = any($1::bigint[])',
    [finished.map(({ lease }) => lease.attemptId)],
  )
  return new Map(rows.map(({ id, outcome }) => [id, outcome]))
}

function describe({ lease, outcome: { settlement, httpStatus, credential } }: Finished): object {
  return {
    account_id: lease.accountId,
    version: lease.version,
    lease_id: lease.leaseId,
    attempt_id: lease.attemptId,
    outcome: settlement.outcome,
    status: settlement.status,
    due_at: settlement.dueAt,
    renewable: settlement.renewable,
    in_doubt: settlement.inDoubt,
    consecutive_failures: settlement.consecutiveFailures,
    token_expires_at: settlement.tokenExpiresAt,
    changes_error: settlement.error !== undefined,
    error: settlement.error,
    http_status: httpStatus,
    code: settlement.code,
    lost_rotation: settlement.lostRotation,
    reconnect_by: settlement.reconnectBy,
    is_tried: settlement.outcome !== 'not_yet_refreshable',
    sealed: credential?.sealed,
    issued_at: credential?.issuedAt,
    refresh_token_expires_at: credential?.refreshTokenExpiresAt,
    fingerprint: credential?.fingerprint,
    scopes: credential?.scopes,
  }
}

// $1 what is to be saved, $2 the accounts and $3 the attempts in it: by these the planner knows how few rows it is about, of
// how many millions
//
// The account's own row is locked as well: no part of the statement waits for anybody once it has begun to write.
//
// A failure lasts as long as its code comes back, with or without words behind it: another one begins anew, since rules
// that want an answer twice must not take the hours of an outage for its age.
const saveStatement = (locking: '' | 'skip locked') => `
with given as (
  select * from json_to_recordset($1::json) as given(account_id text, version integer, lease_id uuid, attempt_id bigint,
    outcome text, status text, due_at timestamptz, renewable boolean, in_doubt boolean, consecutive_failures integer,
    token_expires_at timestamptz, changes_error boolean, error text, http_status integer, code text,
    lost_rotation boolean, reconnect_by timestamptz, is_tried boolean, sealed text, issued_at timestamptz,
    refresh_token_expires_at timestamptz, fingerprint text, scopes text[])
), locked as materialized (
  select s.account_id, s.lease_id, c.version
  from refresh_schedule s
  join account_credentials c on c.account_id = s.account_id
  join social_accounts a on a.id = s.account_id
  where s.account_id = any($2::text[])
  for update of s, c, a ${locking}
), finished as materialized (
  select given.*, locked.lease_id is not distinct from given.lease_id as holds_lease,
    coalesce(locked.version = given.version and (locked.lease_id = given.lease_id or given.sealed is not null), false)
      as is_saved
  from given left join locked using (account_id)
  where locked.account_id is not null
    or given.account_id not in (select account_id from refresh_schedule where account_id = any($2::text[]))
    or ${locking === ''}
), credential as (
  update account_credentials c
  set sealed = f.sealed, version = c.version + 1, issued_at = coalesce(f.issued_at, c.issued_at),
      refresh_token_expires_at = coalesce(f.refresh_token_expires_at, c.refresh_token_expires_at),
      refresh_token_fingerprint = f.fingerprint
  from finished f where c.account_id = f.account_id and f.is_saved and f.sealed is not null
), account as (
  update social_accounts a
  set status = coalesce(f.status, a.status),
      token_expires_at = f.token_expires_at,
      scopes = coalesce(f.scopes, a.scopes),
      last_refreshed_at = case when f.outcome = 'renewed' then now() else a.last_refreshed_at end,
      last_refresh_attempt_at = case when f.is_tried then now() else a.last_refresh_attempt_at end,
      last_refresh_error = case when f.changes_error then f.error else a.last_refresh_error end,
      last_refresh_error_status = case
        when not f.changes_error then a.last_refresh_error_status
        when f.error is null then null
        else f.http_status
      end
  from finished f where a.id = f.account_id and f.is_saved
), schedule as (
  update refresh_schedule s
  set due_at = f.due_at, deadline_at = coalesce(f.token_expires_at, f.due_at),
      renewable = f.renewable, reconnect_by = f.reconnect_by, consecutive_failures = f.consecutive_failures,
      failing_since = case
        when f.consecutive_failures = 0 then null
        when f.is_tried and not coalesce(starts_with(s.failing_code, f.code) or starts_with(f.code, s.failing_code), false)
          then now()
        else coalesce(s.failing_since, now())
      end,
      failing_code = case
        when f.consecutive_failures > 0 and f.is_tried then f.code
        when f.consecutive_failures > 0 then s.failing_code
      end,
      in_doubt_at = case when f.in_doubt then coalesce(s.in_doubt_at, now()) end,
      claimed_at = null,
      lease_id = case when f.holds_lease then null else s.lease_id end,
      leased_until = case when f.holds_lease then null else s.leased_until end,
      attempt_id = case when f.holds_lease then null else s.attempt_id end
  from finished f where s.account_id = f.account_id and f.is_saved
), released as (
  update refresh_schedule s set lease_id = null, leased_until = null, attempt_id = null
  from finished f where s.account_id = f.account_id and s.lease_id = f.lease_id and not f.is_saved
), attempt as (
  update refresh_attempts t
  set finished_at = now(), outcome = case when f.is_saved then f.outcome else 'superseded' end,
      http_status = f.http_status, error_code = f.code, error = f.error, lost_rotation = f.lost_rotation,
      new_token_expires_at = case when f.outcome = 'renewed' then f.token_expires_at end
  from finished f
  where t.id = any($3::bigint[]) and t.id = f.attempt_id
    and (t.finished_at is null or (t.outcome = 'in_doubt' and f.outcome <> 'in_doubt'))
)
select account_id, is_saved as saved from finished`

const SAVE = saveStatement('')
const SAVE_WHAT_IS_FREE = saveStatement('skip locked')
