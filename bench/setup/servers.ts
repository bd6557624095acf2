import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Database, openDatabase } from '../../src/database/connect.ts'
import { grantListRole } from '../../src/database/list-role.ts'
import { migrate, readMigrations } from '../../src/database/migrate.ts'
import { startEmbeddedPostgres } from '../../src/embedded/postgres.ts'
import { openLog } from '../../src/log.ts'
import { migrateQueueSchema } from '../../src/queue/postgres-schema.ts'
import { startRedisServer } from '../../test/fixtures/redis-server.ts'
import { findProgram } from '../../test/setup/debian.ts'

/** A PostgreSQL that keeps what it has confirmed, as in production, and databases in it. */
export interface Postgres extends AsyncDisposable {
  /** The first of its processes, parent of all others. */
  readonly pid: number
  /** Where the server itself may write files. */
  readonly folder: string
  /** A migrated database. */
  database(name: string): Promise<BenchDatabase>
}

export interface BenchDatabase {
  readonly url: string
  readonly db: Database
}

/** @param settings of the server */
export async function startPostgres(settings: readonly string[] = []): Promise<Postgres> {
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'token-refresh-worker-bench-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const server = stack.use(await startEmbeddedPostgres(folder, settings))
  const [pid] = (await readFile(join(folder, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')
  const started = stack.move()
  return {
    pid: Number(pid),
    folder: join(folder, 'postgres'),
    async database(name) {
      const url = await server.urlOf(name)
      const db = openDatabase(url, { connections: 4, name: 'bench', log: openLog('silent'), queryTimeoutMs: null })
      started.defer(() => db[Symbol.asyncDispose]())
      await migrate(db, await readMigrations())
      await grantListRole(db)
      await migrateQueueSchema(url)
      return { url, db }
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  }
}

/** @throws when there is no redis-server */
export async function startRedis(): Promise<{ readonly pid: number; readonly url: string } & AsyncDisposable> {
  const program = findProgram('redis-server', 'Redis')
  if (program === null) throw new Error('There is no redis-server on the path: the benchmarks need one.')
  const server = await startRedisServer(program)
  const { pid, port } = server
  return { pid, url: `redis://127.0.0.1:${port}`, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}
