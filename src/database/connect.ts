import {
  Client,
  type ClientBase,
  type ClientConfig,
  Pool,
  type PoolClient,
  type QueryConfig,
  type QueryResult,
} from 'pg'
import type { Log } from '../log.ts'
import { SECOND_MS } from '../units.ts'

/** The handle of the database: a pool of connections. Disposing waits for the queries that run. */
export type Database = Pool & AsyncDisposable

/** Whatever runs a statement: the pool, or one connection in a transaction. */
export type Queryable = Pick<ClientBase, 'query'>

export interface DatabaseOptions {
  readonly connections: number
  /** Shown in `pg_stat_activity`. */
  readonly name: string
  readonly log: Log
  /** After this a statement counts as lost, because a server can fall silent; null: a statement may take its time. */
  readonly queryTimeoutMs: number | null
  /** Statements of a connection are sent without waiting for the answers of those before them. */
  readonly pipelines?: boolean
}

const CONNECT_TIMEOUT_MS = 10 * SECOND_MS

/**
 * Listens for the end of every connection of a pool. The pool itself listens only to those that are idle, and what nobody
 * listens to ends the process: a connection that breaks while it is lent out. Its statement fails as well, and tells.
 */
export function surviveLostConnections(pool: Pool): void {
  pool.on('connect', (client) => client.on('error', () => undefined))
}

/** Opens a pool; nothing is connected before the first query. */
export function openDatabase(url: string, options: DatabaseOptions): Database {
  const { connections, name, log, queryTimeoutMs, pipelines = false } = options
  const pool = new Pool({
    connectionString: url,
    application_name: `token-refresh-worker ${name}`,
    max: connections,
    pipeline: pipelines,
    // Without them a query waits for ever while the server is away or silent.
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    ...(queryTimeoutMs === null ? {} : { query_timeout: queryTimeoutMs }),
    keepAlive: true,
    keepAliveInitialDelayMillis: CONNECT_TIMEOUT_MS,
  })
  surviveLostConnections(pool)
  // An idle connection that dies is replaced by the pool; without a listener it would end the process.
  pool.on('error', (err) => log.warn({ err }, 'a database connection was lost'))
  return Object.assign(pool, { [Symbol.asyncDispose]: () => pool.end() })
}

/** Opens one connection outside of any pool, for as long as `use` runs. */
export async function withConnection<T>(
  url: string,
  use: (client: Client) => Promise<T>,
  session: Pick<ClientConfig, 'options'> = {},
): Promise<T> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS, ...session })
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}

/**
 * Runs a transaction on a connection of its own.
 *
 * @param begin the statement that begins it, with what holds for it alone
 */
export async function inTransaction<T>(db: Pool, begin: string, use: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await db.connect()
  let isUsable = true
  try {
    await client.query(begin)
    const result = await use(client)
    await client.query('commit')
    return result
  } catch (error) {
    isUsable = await rollBack(client)
    throw error
  } finally {
    client.release(!isUsable)
  }
}

/**
 * Runs one statement in a transaction of its own. Where the pool pipelines, all of it is one round trip.
 *
 * @param begin the statement that begins it, with what holds for it alone
 */
export async function queryInTransaction(db: Pool, begin: string, statement: QueryConfig): Promise<QueryResult> {
  const client = await db.connect()
  sendTogether(client)
  const sent = [client.query(begin), client.query(statement), client.query('commit')] as const
  // What follows a failure fails too, or rolls back; the connection is given back when all of it has ended.
  const ends = await Promise.allSettled(sent)
  client.release(ends[2].status === 'rejected')
  for (const end of ends) if (end.status === 'rejected') throw end.reason
  return sent[1]
}

/** Lets what is sent from now to the end of this turn leave in one piece: a write takes longer than a statement. */
export function sendTogether({ connection: { stream } }: PoolClient): void {
  stream.cork()
  queueMicrotask(() => stream.uncork())
}

/** @returns false where the connection is of no more use */
export async function rollBack(client: ClientBase): Promise<boolean> {
  try {
    await client.query('rollback')
    return true
  } catch {
    return false
  }
}

/** Reads the clock that decides. Inside a transaction it stands still. */
export async function readDatabaseNow(db: Queryable): Promise<Date> {
  const { rows } = await db.query<{ now: Date }>('select now() as now')
  const [row] = rows
  if (row === undefined) throw new Error('select without a row')
  return row.now
}
