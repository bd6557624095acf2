import type { AccountStatus, Platform } from '../account.ts'
import type { Database } from './connect.ts'

/** Which accounts an operator means; all members together. */
export interface RefreshFilter {
  readonly platform?: Platform
  readonly workspace?: string
  /** Without it: ACTIVE. */
  readonly status?: Exclude<AccountStatus, 'DISCONNECTED'>
  /** The code of the account's last failure. */
  readonly error?: string
}

export interface MatchingAccounts {
  readonly platform: string
  readonly app: string
  readonly accounts: number
  /** Renewed so recently that they are left alone; not among `accounts`. */
  readonly renewedRecently: number
}

export interface DueBatch {
  /** Accounts that are going to be refreshed, or are being refreshed already. */
  readonly accountIds: readonly string[]
  /** How many of them were made due by this call. */
  readonly madeDue: number
  /** Where the next batch begins; null: there is none. */
  readonly last: string | null
}

/** An account that was renewed within this time before the request is not renewed again. */
export const RENEWED_RECENTLY_MINUTES = 5

// $1 status, $2 platform, $3 workspace, $4 error code, $5 when it was asked for.
// What nothing can renew is tried only when somebody asks for its status or its error.
const MATCHING = `
  a.status = coalesce($1, 'ACTIVE')
  and ($2::text is null or a.platform = $2)
  and ($3::text is null or a.workspace_id = $3)
  and ($4::text is null or s.failing_code = $4)
  and (s.renewable or $1::text is not null or $4::text is not null)`
const RENEWED_RECENTLY = `
  coalesce(a.last_refreshed_at >= $5::timestamptz - interval '${RENEWED_RECENTLY_MINUTES} minutes'
    and a.last_refreshed_at < $5::timestamptz, false)`

const parametersOf = ({ status, platform, workspace, error }: RefreshFilter, requestedAt: Date) => [
  status ?? null,
  platform ?? null,
  workspace ?? null,
  error ?? null,
  requestedAt,
]

/** Counts the accounts that a filter means. */
export async function countMatching(
  db: Database,
  filter: RefreshFilter,
  requestedAt: Date,
): Promise<MatchingAccounts[]> {
  const { rows } = await db.query<MatchingAccounts>(
    `select a.platform, s.app, count(*) filter (where not ${RENEWED_RECENTLY})::integer as accounts,
       count(*) filter (where ${RENEWED_RECENTLY})::integer as "renewedRecently"
     from refresh_schedule s join social_accounts a on a.id = s.account_id
     where ${MATCHING}
     group by a.platform, s.app order by a.platform, s.app`,
    parametersOf(filter, requestedAt),
  )
  return rows
}

/**
 * Makes some of the accounts due that a filter means, in one short transaction: those with the lowest ids behind `after`.
 * The scan hands them out from there, by their deadlines and no faster than their platforms allow.
 *
 * Left alone is what is refreshed anyway: due, claimed, leased, or tried since `requestedAt`. So the same request twice,
 * or beside the scan, refreshes nobody twice. Whether an account can be renewed is found out by its attempt.
 */
export async function makeDue(
  db: Database,
  filter: RefreshFilter,
  { requestedAt, after, limit }: { requestedAt: Date; after: string; limit: number },
): Promise<DueBatch> {
  const { rows } = await db.query<{ accountIds: string[]; madeDue: number; last: string | null }>(MAKE_DUE, [
    ...parametersOf(filter, requestedAt),
    after,
    limit,
  ])
  const [row] = rows
  if (row === undefined) throw new Error('select without a row')
  return row
}

// That both ids lie behind the last one says the same twice, but the planner does not see that: without it, every batch of a
// million accounts reads all before it (3.5 s instead of 25 ms, PostgreSQL 18).
// The account is locked with its schedule, so that both are looked at as they are now: between the end of an attempt
// and our look at an older state, the account would be made due once more. What has ended already stands behind all that
// has not: by its old deadline it would come first.
const MAKE_DUE = `
with chosen as materialized (
  select s.account_id, ${RENEWED_RECENTLY} as renewed_recently
  from refresh_schedule s join social_accounts a on a.id = s.account_id
  where s.account_id > $6 and a.id > $6 and ${MATCHING}
  order by s.account_id
  limit $7
), free as materialized (
  select s.account_id, a.status = 'ACTIVE' as is_active
  from chosen
  join refresh_schedule s using (account_id)
  join social_accounts a on a.id = s.account_id
  where not chosen.renewed_recently
    and s.claimed_at is null
    and (s.leased_until is null or s.leased_until <= now())
    and (s.due_at is null or s.due_at > now())
    and (a.last_refresh_attempt_at is null or a.last_refresh_attempt_at < $5::timestamptz)
  for update of s, a skip locked
), made as (
  update refresh_schedule s
  set due_at = now(), requested_at = now(), renewable = true,
      deadline_at = case when free.is_active then s.deadline_at else now() + interval '1 year' end
  from free where s.account_id = free.account_id
  returning s.account_id
)
select coalesce(array_agg(account_id) filter (where not renewed_recently), '{}') as "accountIds",
  (select count(*) from made)::integer as "madeDue", max(account_id) as last
from chosen`
