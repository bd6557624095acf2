import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { openDatabase } from '../../src/database/connect.ts'
import { grantListRole } from '../../src/database/list-role.ts'
import { migrate, readMigrations } from '../../src/database/migrate.ts'
import { startEmbeddedPostgres } from '../../src/embedded/postgres.ts'
import { openLog } from '../../src/log.ts'
import { migrateQueueSchema } from '../../src/queue/postgres-schema.ts'
import { findChromium } from './chromium.ts'
import { installLocalPds } from './local-pds.ts'
import { findRedisServer, startRedis } from './redis-server.ts'
import { TEMPLATE } from './template.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of the PostgreSQL server, without a database. */
    postgresUrl: string
    /** Null: there is none on this machine, and the tests that need it are skipped. */
    redisUrl: string | null
    /** Whether a test can start a Redis of its own, to stop it and to fill it up. */
    hasRedisServer: boolean
    /** The browser for the page; null: there is none on this machine, and the tests that need it are skipped. */
    chromiumPath: string | null
  }
}

/** Starts PostgreSQL and Redis for the whole run, and a migrated database that every test copies. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  installLocalPds()
  const folder = await mkdtemp(join(tmpdir(), 'token-refresh-worker-test-'))
  const stack = new AsyncDisposableStack()
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  // What survives a power cut does not matter here.
  const postgres = stack.use(await startEmbeddedPostgres(folder, ['fsync=off', 'full_page_writes=off']))
  const url = await postgres.urlOf(TEMPLATE)
  {
    await using db = openDatabase(url, { connections: 1, name: 'set-up', log: openLog('warn'), queryTimeoutMs: null })
    await migrate(db, await readMigrations())
    await grantListRole(db)
  }
  await migrateQueueSchema(url)
  const hasRedisServer = findRedisServer()
  const redis = await startRedis(hasRedisServer)
  if (redis !== null) stack.use(redis)
  project.provide('postgresUrl', url.slice(0, url.lastIndexOf('/')))
  project.provide('redisUrl', redis?.url ?? null)
  project.provide('hasRedisServer', hasRedisServer)
  project.provide('chromiumPath', findChromium())
  return () => stack.disposeAsync()
}
