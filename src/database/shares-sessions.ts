import type { Client } from 'pg'
import { withConnection } from './connect.ts'

/** A pooler gives the session that was used last to whoever asks next, so that the first rounds tell; more, under load. */
const ROUNDS = 5

/**
 * Whether a pooler stands before the server that gives sessions away after each transaction, such as PgBouncer in
 * transaction mode, told by what it does: a session of one's own stays in one process of the server, alone.
 *
 * @param one and `other` are two connections to the same address
 */
export async function sharesSessions(one: Client, other: Client): Promise<boolean> {
  const home = await readProcess(one)
  for (let round = 0; round < ROUNDS; round++) {
    if ((await readProcess(other)) === home || (await readProcess(one)) !== home) return true
  }
  return false
}

/** The same, of an address. */
export const sharesSessionsAt = (url: string): Promise<boolean> =>
  withConnection(url, (one) => withConnection(url, (other) => sharesSessions(one, other)))

async function readProcess(client: Client): Promise<number | undefined> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  return rows[0]?.pid
}
