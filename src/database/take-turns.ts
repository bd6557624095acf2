import type { App } from '../app.ts'
import type { Database } from './connect.ts'

export interface TurnsWanted {
  readonly app: App
  /** How many at once. */
  readonly turns: number
  /** From one turn to the next. */
  readonly spacingMs: number
}

/**
 * Takes the next turns of an app from the line that all daemons share: nobody else gets them.
 *
 * By the database's clock, read after the wait for the row, so that the clock of a daemon's machine changes nothing.
 *
 * @returns how long to wait for the first of them, in milliseconds
 */
export async function takeTurns(db: Database, { app, turns, spacingMs }: TurnsWanted): Promise<number> {
  const { rows } = await db.query<{ wait_ms: number }>(
    `insert into app_turns as line (app, next_at) values ($1, clock_timestamp() + make_interval(secs => $2))
     on conflict (app) do update
     set next_at = greatest(line.next_at, clock_timestamp()) + make_interval(secs => $2)
     returning greatest(0, extract(epoch from next_at - make_interval(secs => $2) - clock_timestamp())::float8 * 1000)
       as wait_ms`,
    [app, (turns * spacingMs) / 1000],
  )
  return rows[0]?.wait_ms ?? 0
}
