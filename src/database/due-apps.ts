import { type App, readApp } from '../app.ts'
import type { Database } from './connect.ts'

export interface DueApp {
  readonly app: App
  /** A pause has passed, and nothing has answered well since: one account is to try first. */
  readonly isProbing: boolean
}

/** Finds which of the apps have due accounts and are not paused. One index look-up per app. */
export async function findDueApps(db: Database, apps: readonly App[]): Promise<DueApp[]> {
  const { rows } = await db.query<{ app: string; probing: boolean }>(
    `select app, p.app is not null as probing
     from unnest($1::text[]) as asked(app)
     left join platform_states p using (app)
     where (p.paused_until is null or p.paused_until <= now())
       and exists (select from refresh_schedule s where s.app = asked.app and s.due_at <= now())`,
    [apps],
  )
  return rows.flatMap(({ app, probing }) => {
    const known = readApp(app)
    return known === null ? [] : [{ app: known, isProbing: probing }]
  })
}
