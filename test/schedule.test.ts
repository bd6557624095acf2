import { describe, expect, test, vi } from 'vitest'
import { readConfig } from '../src/config.ts'
import { openMetrics } from '../src/metrics/metrics.ts'
import { openQueues, type Queues } from '../src/queue/queues.ts'
import { startSchedule } from '../src/schedule.ts'
import { aDueLine, connect } from './fixtures/account.ts'
import { aDatabase, type TestDatabase } from './fixtures/database.ts'
import { aLog, silentLog } from './fixtures/log.ts'
import { backends, isMissing } from './fixtures/redis.ts'
import { aVault } from './fixtures/vault.ts'

const lastScan = async (database: TestDatabase) => {
  const [row] = await database.query<{ at: Date }>('select last_scan_at as at from scan_state')
  return row?.at.getTime() ?? 0
}

/** By its first statement that locks. */
const scansThatWait = (database: TestDatabase) =>
  database.query(
    `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
       and query like '%set status = ''TOKEN_EXPIRED''%' and pid <> pg_backend_pid()`,
  )

const parts = { metrics: openMetrics([]).scans, worker: 'test' }

const config = (env: Record<string, string> = {}) => readConfig({ SCAN_INTERVAL_MS: '200', ...env }, { keys: false })

describe.each(backends)('the schedule with its queue in $backend', ({ backend, redis }) => {
  test.skipIf(isMissing(backend))('scans at once and again at each interval', async () => {
    await using database = await aDatabase()
    await using server = await redis()
    await using queues = openQueues({
      redisUrl: server?.url ?? null,
      databaseUrl: database.url,
      workers: 1,
      log: silentLog,
    })
    await using _schedule = startSchedule({ db: database.db, queues, config: config(), log: silentLog, ...parts })

    await vi.waitFor(async () => expect(await lastScan(database)).toBeGreaterThan(0), 10_000)
    const first = await lastScan(database)
    await vi.waitFor(async () => expect(await lastScan(database)).toBeGreaterThan(first + 300), 10_000)
  })

  test.skipIf(isMissing(backend))('fills a queue up again before the next scan while accounts are due', async () => {
    await using database = await aDatabase()
    await using server = await redis()
    await using queues = openQueues({
      redisUrl: server?.url ?? null,
      databaseUrl: database.url,
      workers: 1,
      log: silentLog,
    })
    await connect(database, aVault(), ...Array.from({ length: 25 }, () => aDueLine()))
    const taken: string[] = []
    const worker = queues.work('X', { concurrency: 1 }, async ({ accountIds }) => void taken.push(...accountIds))
    // Its entry makes no scan run: all that is handed over comes of the one at the start.
    const mute: Queues = { ...queues, workOnScans: () => ({ close: async () => {} }), ensureScanEntry: async () => {} }
    const settings = { X_CLIENT_ID: 'client', WORKER_CONCURRENCY: '1', SCAN_INTERVAL_MS: '10000' }

    await using _schedule = startSchedule({
      db: database.db,
      queues: mute,
      config: config(settings),
      log: silentLog,
      ...parts,
    })
    await vi.waitFor(() => expect(taken).toHaveLength(25), 20_000)
    await worker.close()
  })

  test.skipIf(isMissing(backend))('never runs two scans of a daemon side by side', async () => {
    await using database = await aDatabase()
    await using server = await redis()
    await using queues = openQueues({
      redisUrl: server?.url ?? null,
      databaseUrl: database.url,
      workers: 1,
      log: silentLog,
    })
    const blocker = await database.db.connect()
    await blocker.query('begin; lock table refresh_schedule in access exclusive mode')

    // At the start the watchdog scans at once, and the entry that it makes in the same moment is a job at once.
    await using _schedule = startSchedule({ db: database.db, queues, config: config(), log: silentLog, ...parts })
    await vi.waitFor(async () => {
      const [scans] = await queues.countJobs([])
      expect(scans?.counts.active).toBe(1)
      expect(await scansThatWait(database)).not.toEqual([])
    }, 10_000)
    const waiting = await scansThatWait(database)
    await blocker.query('rollback')
    blocker.release()

    expect(waiting).toHaveLength(1)
  })

  test.skipIf(isMissing(backend))('goes on by itself when the queue has lost its entry, and restores it', async () => {
    await using database = await aDatabase()
    await using server = await redis()
    const { log, lines } = aLog()
    await using queues = openQueues({
      redisUrl: server?.url ?? null,
      databaseUrl: database.url,
      workers: 1,
      log: silentLog,
    })
    await using _schedule = startSchedule({ db: database.db, queues, config: config(), log, ...parts })
    await vi.waitFor(async () => expect(await lastScan(database)).toBeGreaterThan(0), 10_000)
    // The first scan needs no entry; from the second on it is there to be lost.
    const first = await lastScan(database)
    await vi.waitFor(async () => expect(await lastScan(database)).toBeGreaterThan(first), 10_000)

    if (server === null) await database.query('delete from bullmq.scheduler')
    else await server.client.flushdb()
    await database.query('delete from bullmq.job')
    const lost = await lastScan(database)

    await vi.waitFor(async () => expect(await lastScan(database)).toBeGreaterThan(lost + 6000), 20_000)
    expect(lines()).toContainEqual(
      expect.objectContaining({ msg: 'the last scan is too old: scanning without the queue' }),
    )
  })
})

test('old attempts are removed from the history, unfinished and young ones stay', async () => {
  await using database = await aDatabase()
  await database.query(
    `insert into refresh_attempts (account_id, platform, trigger, started_at, finished_at, worker) values
     ('old', 'X', 'schedule', now() - interval '31 days', now() - interval '31 days', 'w'),
     ('young', 'X', 'schedule', now() - interval '29 days', now(), 'w'),
     ('open', 'X', 'schedule', now() - interval '31 days', null, 'w')`,
  )
  await using queues = openQueues({ redisUrl: null, databaseUrl: database.url, workers: 1, log: silentLog })
  const settings = config({ ATTEMPT_RETENTION_DAYS: '30' })
  await using _schedule = startSchedule({ db: database.db, queues, config: settings, log: silentLog, ...parts })

  await vi.waitFor(async () => {
    const left = await database.query<{ account_id: string }>('select account_id from refresh_attempts order by id')
    expect(left.map((row) => row.account_id)).toEqual(['young', 'open'])
  }, 10_000)
})
