import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '../../src/database/connect.ts'
import { migrate, readMigrations } from '../../src/database/migrate.ts'
import { startEmbeddedPostgres } from '../../src/embedded/postgres.ts'
import { migrateQueueSchema } from '../../src/queue/postgres-schema.ts'
import { type FormedOption, readOptions } from '../fixtures/command-line.ts'
import type { TestDatabase } from '../fixtures/database.ts'
import { silentLog } from '../fixtures/log.ts'
import { startRedis } from '../setup/redis-server.ts'
import { runHerd } from './run-herd.ts'

// npm run herd -- --accounts 20000 --per-second 100 [--backend redis|postgresql] [--outage-ms 20000]; 0: none

const outageMs: FormedOption<number> = {
  form: 'N|0',
  otherwise: '20000',
  read: (text) => (/^\d{1,9}$/.test(text) ? Number(text) : { problem: `a whole number, not "${text}"` }),
}
const given = readOptions('herd', {
  ...{ accounts: 20_000, 'per-second': 100 },
  'outage-ms': outageMs,
  backend: ['redis', 'postgresql'],
})

await using stack = new AsyncDisposableStack()
const folder = await mkdtemp(join(tmpdir(), 'token-refresh-worker-herd-'))
stack.defer(() => rm(folder, { recursive: true, force: true }))
const postgres = stack.use(await startEmbeddedPostgres(folder, []))
const url = await postgres.urlOf(`herd_${randomBytes(4).toString('hex')}`)
const db = stack.use(openDatabase(url, { connections: 5, name: 'herd', log: silentLog, queryTimeoutMs: null }))
await migrate(db, await readMigrations())
await migrateQueueSchema(url)
const redis = given.backend === 'redis' ? await startRedis() : null
if (redis !== null) stack.use(redis)

const database: Pick<TestDatabase, 'url' | 'db' | 'query'> = {
  url,
  db,
  async query<Row extends object>(sql: string, parameters: readonly unknown[] = []) {
    return (await db.query<Row>(sql, [...parameters])).rows
  },
}
const report = await runHerd({
  database,
  redisUrl: redis?.url ?? null,
  accounts: given.accounts,
  perSecond: given['per-second'],
  outageMs: given['outage-ms'],
  scanIntervalMs: 2000,
})
console.log(JSON.stringify({ backend: redis === null ? 'postgresql' : 'redis', ...report }, null, 2))
if (report.mostInOneSecond.judged > report.perSecond || report.replays > 0) process.exitCode = 1
