import type { Pool, PoolClient, QueryResult, QueryResultRow } from 'pg'
import { rollBack, sendTogether, withConnection } from './connect.ts'
import { BEGIN_LIST } from './list-database.ts'
import { queryEach, type UnreadRow } from './unread.ts'

/** One state of the database, read with several statements on a connection of its own. Disposing gives it back. */
export interface Snapshot extends AsyncDisposable {
  /** Sends a statement behind those that were sent before, without waiting for their answers. */
  query<Row extends QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<Row[]>
  /**
   * The same, of whose rows nothing is kept: each is handed on as it comes.
   *
   * @returns how many there were
   */
  queryEach(sql: string, onRow: (row: UnreadRow) => void): Promise<number>
}

/**
 * Opens a read-only transaction of the list module that sees one state of the database to its end. It begins together
 * with the first statement, in one round trip.
 *
 * @param signal aborting it cancels the statement that runs, so that nobody computes an answer that nobody waits for
 */
export async function openSnapshot(db: Pool, signal: AbortSignal): Promise<Snapshot> {
  const client = await db.connect()
  // Without a listener, a connection that the server ends between two statements would end the process.
  const onLost = () => {}
  client.on('error', onLost)
  let begun: Promise<Watch> | null = null
  const send = async <Answer>(statement: (client: PoolClient) => Promise<Answer>): Promise<Answer> => {
    signal.throwIfAborted()
    sendTogether(client)
    begun ??= begin(client).then((pid) => watchForAbort(signal, () => cancel(db, pid)))
    const sent = statement(client)
    sent.catch(() => {})
    // A failure at the beginning is why the rest has failed.
    await begun
    return sent
  }
  return {
    query: async <Row extends QueryResultRow>(sql: string, values: readonly unknown[] = []) =>
      (await send((on) => on.query<Row>(sql, [...values]))).rows,
    queryEach: (sql, onRow) => send((on) => queryEach(on, sql, onRow)),
    async [Symbol.asyncDispose]() {
      const [watch] = await Promise.allSettled([begun])
      // Else the cancellation could hit whoever gets the connection next.
      if (watch.status === 'fulfilled') await watch.value?.stop()
      const isUsable = await rollBack(client)
      client.off('error', onLost)
      client.release(!isUsable)
    },
  }
}

interface Watch {
  /** Resolves when nothing is under way any more. */
  stop(): Promise<void>
}

function watchForAbort(signal: AbortSignal, onAbort: () => Promise<void>): Watch {
  let running: Promise<void> | null = null
  const listen = () => {
    // What could not be cancelled is ended by its timeout.
    running ??= onAbort().catch(() => {})
  }
  if (signal.aborted) listen()
  else signal.addEventListener('abort', listen, { once: true })
  return {
    async stop() {
      signal.removeEventListener('abort', listen)
      await running
    },
  }
}

/** @returns the process of the server that runs the transaction, behind a pooler too */
async function begin(client: PoolClient): Promise<number> {
  const results = await client.query(
    `begin isolation level repeatable read read only; ${BEGIN_LIST}; select pg_backend_pid() as pid`,
  )
  const last = (results as unknown as QueryResult<{ pid: number }>[]).at(-1)
  return last?.rows[0]?.pid ?? 0
}

/** As the login itself: the role of the list module may not cancel what a mightier login runs. */
async function cancel(db: Pool, pid: number): Promise<void> {
  const url = db.options.connectionString
  if (url === undefined) return
  await withConnection(url, (client) => client.query('select pg_cancel_backend($1)', [pid]))
}
