import type { App } from '../app.ts'
import type { Database } from './connect.ts'

/** Counts the connected accounts of some apps; apps without any are left out. */
export async function countAccountsOf(
  db: Database,
  apps: readonly App[],
): Promise<{ app: string; accounts: number }[]> {
  const { rows } = await db.query<{ app: string; accounts: number }>(
    'select app, count(*)::integer as accounts from refresh_schedule where app = any($1) group by app order by app',
    [apps],
  )
  return rows
}
