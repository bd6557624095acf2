import { Pool } from 'pg'
import type { Log } from '../log.ts'

/** The handle of the database: a pool of connections. Statements are written out in SQL, one function per question. */
export type Database = Pool

export interface DatabaseOptions {
  readonly connections: number
  /** Shown in `pg_stat_activity`. */
  readonly name: string
  readonly log: Log
}

/** Opens a pool; nothing is connected before the first query. Close it with `closeDatabase`. */
export function openDatabase(url: string, { connections, name, log }: DatabaseOptions): Database {
  const pool = new Pool({
    connectionString: url,
    application_name: `token-refresh-worker ${name}`,
    max: connections,
    keepAlive: true,
    // Without it a query waits for ever while the server is away.
    connectionTimeoutMillis: 10_000,
  })
  // An idle connection that dies is replaced by the pool; without a listener it would end the process.
  pool.on('error', (err) => log.warn({ err }, 'a database connection was lost'))
  return pool
}

export const closeDatabase = (db: Database): Promise<void> => db.end()

/** The clock that decides. */
export async function readDatabaseNow(db: Database): Promise<Date> {
  const { rows } = await db.query<{ now: Date }>('select now() as now')
  const [row] = rows
  if (row === undefined) throw new Error('select without a row')
  return row.now
}
