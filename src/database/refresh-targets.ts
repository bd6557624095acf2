import type { PoolClient } from 'pg'
import { MINUTE_MS } from '../units.ts'
import type { Database } from './connect.ts'

/** What came of one account. */
export interface TargetOutcome {
  readonly accountId: string
  readonly platform: string | null
  readonly handle: string | null
  readonly outcome: string
  /** Our sentence for the account's owner. */
  readonly error: string | null
  /** The platform's own word. */
  readonly code: string | null
  readonly tokenExpiresAt: Date | null
}

export interface OutcomeCount {
  /** Null: still to come. */
  readonly outcome: string | null
  readonly accounts: number
}

/**
 * The accounts that somebody waits for. They and their outcomes stay in the database, however many they are, and go with
 * the connection.
 */
export interface RefreshTargets extends AsyncDisposable {
  add(accountIds: readonly string[]): Promise<void>
  /** Notes what has ended since the last look, and counts. */
  look(): Promise<OutcomeCount[]>
  /** Lists outcomes, those that did not renew first, at most `limit`. */
  list(options: { renewedToo: boolean; limit: number }): Promise<TargetOutcome[]>
}

/** An attempt that was under way at the request began no earlier than this: its lease would be over. */
const LONGEST_ATTEMPT_MS = 10 * MINUTE_MS
/** What was written while a look was going on is looked at again. */
const OVERLAP = '10 seconds'
/** Whether accounts have gone is asked when so few are left. */
const FEW = 1000

export async function openRefreshTargets(db: Database, requestedAt: Date): Promise<RefreshTargets> {
  const client = await db.connect()
  await client.query(
    'create temporary table refresh_targets (account_id text primary key, attempt_id bigint, outcome text)',
  )
  let since = new Date(requestedAt.getTime() - LONGEST_ATTEMPT_MS)
  return {
    async add(accountIds) {
      await client.query('insert into refresh_targets select unnest($1::text[]) on conflict do nothing', [accountIds])
    },
    async look() {
      // Read before: what ends from here on begins no earlier.
      const next = await readWatermark(client, since)
      await client.query(NOTE_OUTCOMES, [since, requestedAt])
      since = next
      const counts = await countOutcomes(client)
      const left = counts.find(({ outcome }) => outcome === null)?.accounts ?? 0
      if (left === 0 || left > FEW) return counts
      await client.query(NOTE_DISCONNECTED)
      return countOutcomes(client)
    },
    async list({ renewedToo, limit }) {
      const { rows } = await client.query<TargetOutcome>(LIST_OUTCOMES, [renewedToo, limit])
      return rows
    },
    async [Symbol.asyncDispose]() {
      // Not back into the pool: the table goes with the connection.
      client.release(true)
    },
  }
}

/** From where attempts have to be looked at next time: where the oldest one began that is under way. */
async function readWatermark(client: PoolClient, since: Date): Promise<Date> {
  const { rows } = await client.query<{ at: Date }>(
    `select greatest($1::timestamptz, coalesce(min(started_at), now())) - interval '${OVERLAP}' as at
     from refresh_attempts where started_at >= $1 and finished_at is null`,
    [since],
  )
  return rows[0]?.at ?? since
}

async function countOutcomes(client: PoolClient): Promise<OutcomeCount[]> {
  const { rows } = await client.query<OutcomeCount>(
    `select outcome, count(*)::integer as accounts from refresh_targets
     group by outcome order by accounts desc, outcome`,
  )
  return rows
}

const NOTE_OUTCOMES = `
with ended as (
  select distinct on (account_id) account_id, id, outcome
  from refresh_attempts
  where started_at >= $1 and finished_at >= $2
  order by account_id, started_at desc
)
update refresh_targets r set attempt_id = ended.id, outcome = ended.outcome
from ended
where r.account_id = ended.account_id and (r.attempt_id, r.outcome) is distinct from (ended.id, ended.outcome)`

const NOTE_DISCONNECTED = `
update refresh_targets r set outcome = 'disconnected'
where outcome is null and not exists (select from refresh_schedule s where s.account_id = r.account_id)`

const LIST_OUTCOMES = `
select r.account_id as "accountId", a.platform, a.handle, r.outcome, t.error, t.error_code as code,
  a.token_expires_at as "tokenExpiresAt"
from refresh_targets r
left join social_accounts a on a.id = r.account_id
left join refresh_attempts t on t.id = r.attempt_id
where r.outcome is not null and ($1 or r.outcome not in ('renewed', 'healthy'))
order by r.outcome in ('renewed', 'healthy'), r.outcome, r.account_id
limit $2`
