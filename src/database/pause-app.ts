import type { App } from '../app.ts'
import type { PauseReason } from '../rules/outcome.ts'
import type { Database } from './connect.ts'

/**
 * Pauses an app for all workers; a longer pause stays, and so does the graver reason.
 *
 * @returns true when the app was not paused before: the one caller that is to tell somebody
 */
export async function pauseApp(
  db: Database,
  { app, until, reason }: { app: App; until: Date; reason: PauseReason },
): Promise<boolean> {
  const { rows } = await db.query<{ is_new: boolean }>(
    `insert into platform_states as p (app, paused_until, reason) values ($1, $2, $3)
     on conflict (app) do update
     set paused_until = greatest(p.paused_until, excluded.paused_until),
         reason = case
           when p.reason = 'many_accounts_ended' then p.reason
           when excluded.paused_until > p.paused_until then excluded.reason
           else p.reason
         end
     returning xmax = 0 as is_new`,
    [app, until, reason],
  )
  return rows[0]?.is_new ?? false
}

/**
 * Ends the pause of an app that has answered as it should.
 *
 * @param answeredAt when the request began: a pause that began since then stands
 * @returns what the pause was; null when there was none
 */
export async function resumeApp(
  db: Database,
  app: App,
  answeredAt: Date,
): Promise<{ reason: string; since: Date } | null> {
  const { rows } = await db.query<{ reason: string; since: Date }>(
    'delete from platform_states where app = $1 and since <= $2 and paused_until <= now() returning reason, since',
    [app, answeredAt],
  )
  return rows[0] ?? null
}

/**
 * Pauses an app as an operator wants it, in place of any pause that there is. No answer of the platform ends it before
 * its time.
 *
 * @param until null: until it is resumed
 */
export async function pauseByOperator(
  db: Database,
  { app, until, reason }: { app: App; until: Date | null; reason: string },
): Promise<void> {
  await db.query(
    `insert into platform_states (app, paused_until, reason) values ($1, coalesce($2, ${UNTIL_RESUMED}), $3)
     on conflict (app) do update
     set paused_until = excluded.paused_until, reason = excluded.reason, since = now()`,
    [app, until, reason],
  )
}

/** Ends the pause of an app at once, whoever began it; returns what it was, null when there was none. */
export async function resumeByOperator(db: Database, app: App): Promise<{ reason: string; since: Date } | null> {
  const { rows } = await db.query<{ reason: string; since: Date }>(
    'delete from platform_states where app = $1 returning reason, since',
    [app],
  )
  return rows[0] ?? null
}

/** A moment that does not come, and that a `Date` can hold. */
export const UNTIL_RESUMED = "timestamptz '9999-12-31 00:00Z'"
