import { Client } from 'pg'
import type { World } from '../fault.ts'
import { databaseUrlOf } from './database-url.ts'

/** Connections of the daemons, by the names that they give them; ours have none. */
const OF_DAEMONS = "application_name like 'token-refresh-worker%'"
const TOO_MANY_CONNECTIONS = '53300'
const AT_ONCE = 5
const LOOK_EVERY_MS = 500

/** Ends the sessions of all daemons. */
export async function endSessions({ query }: World): Promise<void> {
  await query(`select pg_terminate_backend(pid) from pg_stat_activity where ${OF_DAEMONS}`)
}

/** Ends the sessions that wait for a NOTIFY of the queue. */
export async function endListeners({ query }: World): Promise<void> {
  await query(`select pg_terminate_backend(pid) from pg_stat_activity where ${OF_DAEMONS} and query ilike 'listen %'`)
}

/** Takes every free connection for so long, and throws the daemons out of theirs, to take those too. */
export async function takeAllConnections(world: World, ms: number): Promise<void> {
  const url = await databaseUrlOf(world)
  const taken: Client[] = []
  try {
    for (let heldMs = 0; heldMs < ms; heldMs += LOOK_EVERY_MS) {
      await takeFree(url, taken)
      await taken[0]?.query(`select pg_terminate_backend(pid) from pg_stat_activity where ${OF_DAEMONS}`)
      await takeFree(url, taken)
      await world.wait(LOOK_EVERY_MS)
    }
  } finally {
    await Promise.all(taken.map((client) => client.end()))
  }
}

async function takeFree(url: string, taken: Client[]): Promise<void> {
  for (;;) {
    const tries = await Promise.all(Array.from({ length: AT_ONCE }, () => tryToConnect(url)))
    const got = tries.filter((client) => client !== null)
    taken.push(...got)
    if (got.length < AT_ONCE) return
  }
}

/** Null when the server takes no more. */
async function tryToConnect(url: string): Promise<Client | null> {
  const client = new Client(url)
  client.on('error', () => {})
  try {
    await client.connect()
    return client
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === TOO_MANY_CONNECTIONS) return null
    throw error
  }
}
