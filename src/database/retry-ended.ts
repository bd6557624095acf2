import type { App } from '../app.ts'
import type { Database } from './connect.ts'

/**
 * Makes the accounts of an app due once more that ended while the app was in trouble, or shortly before it was noticed.
 *
 * @param since when the trouble was noticed
 * @returns how many
 */
export async function retryEnded(db: Database, app: App, minutesBefore: number, since: Date): Promise<number> {
  const { rowCount } = await db.query(
    `update refresh_schedule s
     set due_at = now(), renewable = true
     where s.app = $1 and s.attempt_id is null
       and s.account_id in (
         select t.account_id from refresh_attempts t
         where t.started_at > $2::timestamptz - make_interval(mins => $3) and t.outcome in ('token_expired', 'revoked'))`,
    [app, since, minutesBefore],
  )
  return rowCount ?? 0
}
