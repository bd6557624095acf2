import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Pool } from 'pg'
import { openDatabase } from '../../../src/database/connect.ts'
import { migrate, readMigrations } from '../../../src/database/migrate.ts'
import { silentLog } from '../../fixtures/log.ts'
import { aPlatformServer, type PlatformServer } from '../../fixtures/platform-server.ts'
import { aTcpProxy } from '../../fixtures/tcp-proxy.ts'
import type { World } from '../fault.ts'
import { startPostgresServer } from '../servers/postgres-server.ts'

/** With its queue in Postgres, without daemons, with one account, and with time that passes at once. */
export interface SmallWorld extends AsyncDisposable {
  readonly world: World
  readonly platform: PlatformServer
  /** The daemons' database, as they see it. */
  readonly url: string
  /** What happens each time that a fault lets time pass. */
  onWait(act: (ms: number) => Promise<unknown>): void
}

export const ACCOUNT_ID = 'soc_one'

export async function aSmallWorld(): Promise<SmallWorld> {
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'token-refresh-worker-test-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const postgres = stack.use(await startPostgresServer(folder))
  const platform = stack.use(await aPlatformServer())
  const proxies = {
    postgres: stack.use(await aTcpProxy(postgres.port)),
    redis: null,
    platform: stack.use(await aTcpProxy(Number(new URL(platform.origin).port))),
  }
  const direct = await postgres.urlOf('chaos')
  await fill(direct)
  const pool = new Pool({ connectionString: direct, max: 2 })
  stack.defer(() => pool.end())
  pool.on('error', () => {})
  let act: (ms: number) => Promise<unknown> = async () => {}
  const world = {
    ...{ backend: 'postgresql', postgres, redis: null, proxies, accountIds: [ACCOUNT_ID], random: () => 0 },
    query: async (sql: string, values: readonly unknown[] = []) => (await pool.query(sql, [...values])).rows,
    wait: async (ms: number) => void (await act(ms)),
  } as Omit<World, 'daemons' | 'oracle'> as World
  const owned = stack.move()
  return {
    world,
    platform,
    url: direct.replace(String(postgres.port), String(proxies.postgres.port)),
    onWait: (next) => {
      act = next
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

async function fill(url: string): Promise<void> {
  await using db = openDatabase(url, { connections: 1, name: 'set-up', log: silentLog, queryTimeoutMs: null })
  await migrate(db, await readMigrations())
  await db.query('create table written (at timestamptz default now())')
  await db.query(
    `insert into social_accounts (id, workspace_id, platform, external_id, handle, scopes)
     values ($1, 'ws_1', 'X', '1', '@brand', '{}')`,
    [ACCOUNT_ID],
  )
  await db.query("insert into account_credentials (account_id, sealed, version) values ($1, 'sealed', 1)", [ACCOUNT_ID])
  await db.query("insert into refresh_schedule (account_id, platform, app) values ($1, 'X', 'X')", [ACCOUNT_ID])
}
