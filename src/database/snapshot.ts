import type { Pool, QueryResultRow } from 'pg'
import { rollBack, withConnection } from './connect.ts'
import { BEGIN_LIST } from './list-database.ts'

/** One state of the database, read with several statements on a connection of its own. Disposing gives it back. */
export interface Snapshot extends AsyncDisposable {
  query<Row extends QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<Row[]>
}

/**
 * Opens a read-only transaction of the list module that sees one state of the database to its end.
 *
 * @param signal aborting it cancels the statement that runs, so that nobody computes an answer that nobody waits for
 */
export async function openSnapshot(db: Pool, signal: AbortSignal): Promise<Snapshot> {
  const client = await db.connect()
  // Without a listener, a connection that the server ends between two statements would end the process.
  const onLost = () => {}
  client.on('error', onLost)
  let cancelled: Promise<void> | null = null
  let pid = 0
  const onAbort = () => {
    // One that could not be cancelled is ended by its timeout.
    cancelled ??= cancel(db, pid).catch(() => {})
  }
  const release = async () => {
    signal.removeEventListener('abort', onAbort)
    // Else the cancellation could hit whoever gets the connection next.
    await cancelled
    const isUsable = await rollBack(client)
    client.off('error', onLost)
    client.release(!isUsable)
  }
  try {
    signal.throwIfAborted()
    await client.query(`begin isolation level repeatable read read only; ${BEGIN_LIST}`)
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
    pid = rows[0]?.pid ?? 0
    signal.throwIfAborted()
    signal.addEventListener('abort', onAbort, { once: true })
  } catch (error) {
    await release()
    throw error
  }
  return {
    async query<Row extends QueryResultRow>(sql: string, values: readonly unknown[] = []) {
      signal.throwIfAborted()
      return (await client.query<Row>(sql, [...values])).rows
    },
    [Symbol.asyncDispose]: release,
  }
}

/** As the login itself: the role of the list module may not cancel what a mightier login runs. */
async function cancel(db: Pool, pid: number): Promise<void> {
  const url = db.options.connectionString
  if (url === undefined) return
  await withConnection(url, (client) => client.query('select pg_cancel_backend($1)', [pid]))
}
