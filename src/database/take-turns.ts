import type { App } from '../app.ts'
import type { Database } from './connect.ts'

export interface TurnsWanted {
  readonly app: App
  /** How many at once. */
  readonly turns: number
  /** From one turn to the next. */
  readonly spacingMs: number
  /** The first is no earlier than this from now: as long as the answer is under way. */
  readonly leadMs: number
}

/** By the database's clock, in milliseconds since 1970. */
export interface Turns {
  readonly firstMs: number
  /** When they were given. */
  readonly nowMs: number
  /** When the platform answered again after an outage, for the last time; null: there was none. */
  readonly restartedMs: number | null
}

/**
 * Takes the next turns of an app from the line that all daemons share: nobody else gets them.
 *
 * By the database's clock, read after the wait for the row, so that the clock of a daemon's machine changes nothing.
 */
export async function takeTurns(db: Database, { app, turns, spacingMs, leadMs }: TurnsWanted): Promise<Turns> {
  const { rows } = await db.query<{ first_ms: number; now_ms: number; restarted_ms: number | null }>(
    `insert into app_turns as line (app, next_at) values ($1, clock_timestamp() + make_interval(secs => $2::float8 + $3::float8))
     on conflict (app) do update
     set next_at = greatest(line.next_at, clock_timestamp() + make_interval(secs => $3::float8)) + make_interval(secs => $2::float8)
     returning extract(epoch from next_at - make_interval(secs => $2::float8))::float8 * 1000 as first_ms,
       extract(epoch from clock_timestamp())::float8 * 1000 as now_ms,
       extract(epoch from restarted_at)::float8 * 1000 as restarted_ms`,
    [app, (turns * spacingMs) / 1000, leadMs / 1000],
  )
  const [row] = rows
  if (row === undefined) throw new Error('insert without a row')
  return { firstMs: row.first_ms, nowMs: row.now_ms, restartedMs: row.restarted_ms }
}

/**
 * Tells all daemons that an app's platform answers again after an outage. Each of them finds that out for itself: whoever
 * comes within `withinMs` of the first says nothing new.
 */
export async function restartTurns(db: Database, { app, withinMs }: { app: App; withinMs: number }): Promise<void> {
  await db.query(
    `insert into app_turns as line (app, next_at, restarted_at) values ($1, clock_timestamp(), clock_timestamp())
     on conflict (app) do update set restarted_at = clock_timestamp()
     where line.restarted_at is null or line.restarted_at < clock_timestamp() - make_interval(secs => $2::float8)`,
    [app, withinMs / 1000],
  )
}
