import type { Database } from './connect.ts'

/** A finished attempt as somebody who watches sees it. */
export interface RecentAttempt {
  readonly id: string
  readonly finishedAt: Date
  readonly platform: string
  readonly handle: string
  readonly outcome: string
  readonly error: string | null
  readonly durationMs: number
  readonly dueAt: Date | null
}

/** Finds attempts that finished after those already seen, the oldest first. */
export async function findAttemptsSince(db: Database, since: Date, seen: readonly string[]): Promise<RecentAttempt[]> {
  const { rows } = await db.query<RecentAttempt>(
    `select t.id, t.finished_at as "finishedAt", t.platform, a.handle, t.outcome, t.error, s.due_at as "dueAt",
       round(extract(epoch from t.finished_at - t.started_at) * 1000)::integer as "durationMs"
     from refresh_attempts t
     join social_accounts a on a.id = t.account_id
     left join refresh_schedule s on s.account_id = t.account_id
     where t.finished_at >= $1 and t.id <> all ($2::bigint[])
     order by t.finished_at, t.id`,
    [since, seen],
  )
  return rows
}
