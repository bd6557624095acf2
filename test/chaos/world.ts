import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { Pool } from 'pg'
import { readMasterKeys } from '../../src/master-key.ts'
import { openVault, type Vault } from '../../src/vault.ts'
import { anOracle, type OracleOptions } from '../fixtures/oracle.ts'
import { run } from '../fixtures/process.ts'
import { aTcpProxy, type TcpProxy } from '../fixtures/tcp-proxy.ts'
import { connectFleet, type Fleet, must, reconnect } from './accounts.ts'
import { startDaemons } from './daemons.ts'
import type { Backend, World } from './fault.ts'
import { seededRandom } from './random.ts'
import { startPostgresServer } from './servers/postgres-server.ts'
import { startRedisServer } from './servers/redis-server.ts'

export interface WorldOptions extends OracleOptions {
  readonly backend: Backend
  readonly seed: string
  /** Of everything that the servers and daemons keep. */
  readonly folder: string
  readonly fleet: Fleet
}

/** A world that can be judged, and mended where an owner would connect an account again. */
export interface WholeWorld extends World, AsyncDisposable {
  readonly vault: Vault
  reconnect(accounts: readonly string[]): Promise<void>
}

const DAEMONS = ['daemon-1', 'daemon-2', 'daemon-3']

export async function startWorld(options: WorldOptions): Promise<WholeWorld> {
  const { backend, seed, folder, fleet } = options
  const stack = new AsyncDisposableStack()
  try {
    await mkdir(folder, { recursive: true })
    const postgres = stack.use(await startPostgresServer(folder))
    const redis = backend === 'redis' ? stack.use(await startRedisServer(folder)) : null
    const oracle = stack.use(await anOracle(options))
    const proxies = {
      postgres: stack.use(await aTcpProxy(postgres.port)),
      redis: redis === null ? null : stack.use(await aTcpProxy(redis.port)),
      platform: stack.use(await aTcpProxy(oracle.port)),
    }
    const url = await postgres.urlOf('chaos')
    const keys = `k1:${randomBytes(32).toString('base64')}`
    const direct = {
      ...{ DATABASE_URL: url, TOKEN_ENCRYPTION_KEYS: keys, ALLOW_PRIVATE_NETWORK: '1' },
      ...(redis === null ? {} : { REDIS_URL: `redis://127.0.0.1:${redis.port}` }),
    }
    must(await run(['migrate'], { env: direct }), 'migrate')
    const pdsUrl = originOf(proxies.platform)
    const importing = { oracle, env: { ...direct, ...platformsAt(pdsUrl) }, pdsUrl }
    const ids = await connectFleet(importing, fleet)

    const pool = new Pool({ connectionString: url, max: 3, connectionTimeoutMillis: 5000, query_timeout: 10_000 })
    stack.defer(() => pool.end())
    pool.on('error', () => {})
    const envOf = (name: string) => ({
      ...{ ...direct, DATABASE_URL: through(proxies.postgres, url), ...platformsAt(`${pdsUrl}/${name}`) },
      ...(proxies.redis === null ? {} : { REDIS_URL: `redis://127.0.0.1:${proxies.redis.port}` }),
      ...{ PORT: '0', LIST_DRAIN_MS: '0', SCAN_INTERVAL_MS: '500' },
    })
    const daemons = stack.use(await startDaemons({ folder, names: DAEMONS, envOf }))
    const [key, ...others] = readMasterKeys(keys).keys
    if (key === undefined) throw new Error('there is no key')
    return {
      ...{ backend, postgres, redis, proxies, daemons, oracle, vault: openVault([key, ...others]) },
      random: seededRandom(seed),
      accountIds: [...ids.values()],
      async query<Row extends object>(sql: string, values: readonly unknown[] = []) {
        return (await pool.query<Row>(sql, [...values])).rows
      },
      wait: (ms) => wait(ms),
      reconnect: (accounts) => reconnect(importing, accounts),
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    }
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

/** The path names who asks, so that the oracle knows. */
const platformsAt = (origin: string) => ({
  ...{ X_BASE_URL: origin, X_CLIENT_ID: 'client', X_CLIENT_SECRET: 'secret' },
  ...{ YOUTUBE_BASE_URL: origin, YOUTUBE_CLIENT_ID: 'client', YOUTUBE_CLIENT_SECRET: 'secret' },
})

const originOf = ({ port }: TcpProxy) => `http://127.0.0.1:${port}`

function through({ port }: TcpProxy, url: string): string {
  const changed = new URL(url)
  changed.port = String(port)
  return changed.href
}
