import type { App } from '../app.ts'
import type { Database } from './connect.ts'

/**
 * Ends accounts whose access token is over and that nothing can renew: no refresh token, or a grant that the platform
 * has called dead. They become TOKEN_EXPIRED; what an attempt said about them stays.
 *
 * @param error what the owner reads where no attempt has said anything
 * @returns ids of the accounts that ended, at most `limit`
 */
export async function expireUnrenewable(
  db: Database,
  { apps, error, limit }: { apps: readonly App[]; error: string; limit: number },
): Promise<string[]> {
  const { rows } = await db.query<{ account_id: string }>(
    `with over as materialized (
       select account_id
       from refresh_schedule
       where app = any($1) and due_at <= now() and deadline_at <= now() and not renewable and attempt_id is null
       order by due_at
       limit $3
       for update skip locked
     ), schedule as (
       update refresh_schedule s set due_at = null, claimed_at = null
       from over where s.account_id = over.account_id
     ), account as (
       update social_accounts a
       set status = 'TOKEN_EXPIRED', last_refresh_error = coalesce(a.last_refresh_error, $2)
       from over where a.id = over.account_id and a.status = 'ACTIVE'
       returning a.id
     )
     select id as account_id from account`,
    [apps, error, limit],
  )
  return rows.map((row) => row.account_id)
}
