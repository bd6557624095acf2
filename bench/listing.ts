import { saveApiKey } from '../src/database/api-keys.ts'
import type { Database } from '../src/database/connect.ts'
import { makeApiKey } from '../src/list/api-key.ts'
import type { Benchmark } from './harness/benchmark.ts'
import { fillFleet } from './setup/fleet.ts'
import { loadServer } from './setup/load.ts'
import { readLine, startDaemonProcess, startNode } from './setup/processes.ts'
import { startPostgres, startRedis } from './setup/servers.ts'

const ACCOUNTS = 10_000
const ACCOUNTS_PER_WORKSPACE = 100
const LOAD = { atOnce: 10, forMs: 5000 }
const BARE = new URL('./baselines/bare-list.ts', import.meta.url).pathname

/** High enough to refuse nobody: they are looked at all the same. */
export const LIST_LIMITS = { LIST_BURST_LIMIT: '1000000', LIST_SUSTAINED_LIMIT: '1000000' }

export const listing: Benchmark = {
  name: 'listing',
  measures: 'requests for a list of 100 accounts',
  ours: 'the list module, with a key, limits counted in Redis',
  baseline: 'a bare Fastify route with `pg` and `JSON.stringify`',
  unit: 'per second',
  bound: { atLeast: 0.8 },
  rounds: 7,
  warmsUp: true,
  async open(size) {
    await using stack = new AsyncDisposableStack()
    const postgres = stack.use(await startPostgres())
    const redis = stack.use(await startRedis())
    const { db, url } = await postgres.database('list')
    await fillFleet(db, { accounts: ACCOUNTS, workspaces: ACCOUNTS / ACCOUNTS_PER_WORKSPACE })
    const authorization = await makeAuthorization(db)
    const list = stack.use(
      await startDaemonProcess({ ...LIST_LIMITS, DATABASE_URL: url, REDIS_URL: redis.url }, ['list']),
    )
    const bare = stack.use(startNode([BARE], { DATABASE_URL: url }))
    const [bareUrl] = await readLine(bare.child, /http\S+/)
    const load = { ...LOAD, forMs: size === 'full' ? LOAD.forMs : 1000 }
    const opened = stack.move()
    return {
      ours: () =>
        loadServer(list.url, { ...load, path: '/api/v1/social-accounts?workspaceId=ws_1', headers: { authorization } }),
      baseline: () => loadServer(bareUrl, { ...load, path: '/social-accounts?workspaceId=ws_1' }),
      [Symbol.asyncDispose]: () => opened.disposeAsync(),
    }
  },
}

/** A key that reaches everything, as the header that shows it. */
export async function makeAuthorization(db: Database): Promise<string> {
  const { plaintext, ...key } = makeApiKey()
  await saveApiKey(db, { ...key, name: 'bench', workspaceIds: null })
  return `Bearer ${plaintext}`
}
