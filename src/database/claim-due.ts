import type { Trigger } from '../account.ts'
import type { App } from '../app.ts'
import type { Database } from './connect.ts'

/** After so many failures in a row an account stands behind those that do not fail. */
const FAILING_SINCE = 3

export interface Claimed {
  readonly accountId: string
  /** `operator` when somebody made the account due by hand. */
  readonly trigger: Extract<Trigger, 'schedule' | 'operator'>
}

/**
 * Claims due accounts of an app, the earliest deadline first, and pushes them out of sight in the same statement: a job
 * that is lost with the queue comes back by itself.
 *
 * Several scans can run at once, each gets other accounts. An attempt that was cut off is claimed too, to be settled.
 *
 * @param visibilityMs for how long nobody else finds them
 * @returns accounts in the order in which they are to be refreshed
 */
export async function claimDue(
  db: Database,
  { app, limit, visibilityMs }: { app: App; limit: number; visibilityMs: number },
): Promise<Claimed[]> {
  const { rows } = await db.query<ClaimedRow>(CLAIM_DUE, [app, limit, visibilityMs / 1000])
  return rows
    .sort((one, other) => Number(one.failing) - Number(other.failing) || byMoment(one.deadline_at, other.deadline_at))
    .map((row) => ({ accountId: row.account_id, trigger: row.requested ? 'operator' : 'schedule' }))
}

interface ClaimedRow {
  account_id: string
  failing: boolean
  deadline_at: Date | null
  requested: boolean
}

/** As the database sorts: what has no deadline comes last. */
const byMoment = (one: Date | null, other: Date | null) =>
  (one?.getTime() ?? Infinity) - (other?.getTime() ?? Infinity) || 0

// $1 app, $2 how many, $3 out of sight for so many seconds. The rows come back as they were written, in any order.
const CLAIM_DUE = `
with due as materialized (
  select account_id, consecutive_failures >= ${FAILING_SINCE} as failing, deadline_at, requested_at
  from refresh_schedule
  where app = $1 and due_at <= now() and (renewable or attempt_id is not null)
  order by failing, deadline_at
  limit $2
  for update skip locked
)
update refresh_schedule s
set due_at = now() + make_interval(secs => $3), claimed_at = now(), requested_at = null
from due where s.account_id = due.account_id
returning s.account_id, due.failing, due.deadline_at, due.requested_at is not null as requested`
