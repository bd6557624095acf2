import type { Database } from './connect.ts'

/**
 * Ends an account whose platform has called the grant dead and has rejected the access token, though by its date it would
 * still live. Guarded by the version of the credential: a reconnect in between stands.
 *
 * @param error what the owner reads
 */
export async function expireRejected(
  db: Database,
  { accountId, version, error }: { accountId: string; version: number; error: string },
): Promise<void> {
  await db.query(
    `with dead as materialized (
       select s.account_id
       from refresh_schedule s join account_credentials c on c.account_id = s.account_id
       where s.account_id = $1 and c.version = $2 and not s.renewable and s.attempt_id is null
       for update of s, c
     ), schedule as (
       update refresh_schedule s set due_at = null, claimed_at = null, requested_at = null
       from dead where s.account_id = dead.account_id
     )
     update social_accounts a set status = 'TOKEN_EXPIRED', last_refresh_error = $3
     from dead where a.id = dead.account_id and a.status = 'ACTIVE'`,
    [accountId, version, error],
  )
}
