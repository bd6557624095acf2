import type { Database } from './connect.ts'

/** An account that an operator wants refreshed. */
export interface Target {
  readonly accountId: string
  readonly platform: string
  readonly handle: string
  readonly app: string
}

/** Finds connected accounts by their ids. */
export async function findTargets(db: Database, accountIds: readonly string[]): Promise<Target[]> {
  const { rows } = await db.query<Target>(
    `select a.id as "accountId", a.platform, a.handle, s.app
     from social_accounts a join refresh_schedule s on s.account_id = a.id
     where a.id = any($1)`,
    [accountIds],
  )
  return rows
}

/** What came of a request: of the attempts that ended since then, the last of each account. */
export interface RequestOutcome {
  readonly accountId: string
  readonly outcome: string
  readonly error: string | null
  readonly tokenExpiresAt: Date | null
}

export async function findOutcomesSince(
  db: Database,
  accountIds: readonly string[],
  since: Date,
): Promise<RequestOutcome[]> {
  const { rows } = await db.query<RequestOutcome>(
    `select distinct on (t.account_id) t.account_id as "accountId", t.outcome, t.error,
       a.token_expires_at as "tokenExpiresAt"
     from refresh_attempts t join social_accounts a on a.id = t.account_id
     where t.account_id = any($1) and t.finished_at >= $2
     order by t.account_id, t.finished_at desc`,
    [accountIds, since],
  )
  return rows
}
