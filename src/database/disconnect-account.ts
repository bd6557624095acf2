import type { Database } from './connect.ts'

/**
 * Disconnects an account for good: its credential is erased, nothing refreshes it, lists leave it out. A connection of
 * the same account later is a new one.
 *
 * @returns false when there is no such account that is connected
 */
export async function disconnectAccount(db: Database, accountId: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `with schedule as (
       delete from refresh_schedule where account_id = $1 returning attempt_id
     ), credential as (
       delete from account_credentials c using schedule where c.account_id = $1
     ), cut_off as (
       update refresh_attempts t set finished_at = now(), outcome = 'superseded'
       from schedule where t.id = schedule.attempt_id and t.finished_at is null
     )
     update social_accounts
     set status = 'DISCONNECTED', last_refresh_error = null, last_refresh_error_status = null
     where id = $1 and status <> 'DISCONNECTED' and exists (select from schedule)`,
    [accountId],
  )
  return rowCount === 1
}
