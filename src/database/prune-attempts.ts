import type { Database } from './connect.ts'

/** Removes the oldest finished attempts in one small transaction; returns how many went. */
export async function pruneAttempts(
  db: Database,
  { olderThanDays, limit }: { olderThanDays: number; limit: number },
): Promise<number> {
  const { rowCount } = await db.query(
    `delete from refresh_attempts where id in (
       select id from refresh_attempts
       where started_at < now() - make_interval(days => $1) and finished_at is not null
       order by started_at limit $2
       for update skip locked)`,
    [olderThanDays, limit],
  )
  return rowCount ?? 0
}
