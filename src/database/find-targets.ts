import type { Database } from './connect.ts'

/** An account that an operator wants refreshed. */
export interface Target {
  readonly accountId: string
  readonly platform: string
  readonly app: string
}

/** Finds connected accounts by their ids. */
export async function findTargets(db: Database, accountIds: readonly string[]): Promise<Target[]> {
  const { rows } = await db.query<Target>(
    `select a.id as "accountId", a.platform, s.app
     from social_accounts a join refresh_schedule s on s.account_id = a.id
     where a.id = any($1)`,
    [accountIds],
  )
  return rows
}
