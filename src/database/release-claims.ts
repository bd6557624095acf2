import type { Database } from './connect.ts'

/** Makes claimed accounts due again at once, when they could not be put into the queue. */
export async function releaseClaims(db: Database, accountIds: readonly string[]): Promise<void> {
  await db.query(
    `update refresh_schedule set due_at = now(), claimed_at = null
     where account_id = any($1) and claimed_at is not null`,
    [accountIds],
  )
}
