import { type App, readApp } from '../app.ts'
import type { Database } from './connect.ts'

export interface DueApp {
  readonly app: App
  /** A pause has passed, and nothing has answered well since: one account is to try first. */
  readonly isProbing: boolean
}

/** Claims and leases are out of sight for so long at most. */
const LONGEST_OUT_OF_SIGHT = '125 s'

/**
 * Finds which of the apps have due accounts and are not paused. While an account tries whether an app works again, the
 * app is left out: one at a time. One index look-up per app.
 */
export async function findDueApps(db: Database, apps: readonly App[]): Promise<DueApp[]> {
  const { rows } = await db.query<{ app: string; probing: boolean }>(
    `select app, p.app is not null as probing
     from unnest($1::text[]) as asked(app)
     left join platform_states p using (app)
     where (p.paused_until is null or (p.paused_until <= now() and not exists (
         select from refresh_schedule s
         where s.app = asked.app and s.due_at > now() and s.due_at <= now() + interval '${LONGEST_OUT_OF_SIGHT}'
           and (s.claimed_at is not null or s.leased_until > now()))))
       and exists (select from refresh_schedule s where s.app = asked.app and s.due_at <= now())`,
    [apps],
  )
  return rows.flatMap(({ app, probing }) => {
    const known = readApp(app)
    return known === null ? [] : [{ app: known, isProbing: probing }]
  })
}
