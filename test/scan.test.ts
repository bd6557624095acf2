import { describe, expect, test, vi } from 'vitest'
import { complainer } from '../src/complaint.ts'
import { readConfig } from '../src/config.ts'
import { openQueues, type Queues, type RefreshJob } from '../src/queue/queues.ts'
import { type ScanContext, scan } from '../src/scan.ts'
import { aDueLine, connect } from './fixtures/account.ts'
import { aDatabase, type TestDatabase } from './fixtures/database.ts'
import { silentLog } from './fixtures/log.ts'
import { aVault } from './fixtures/vault.ts'

const open = (database: TestDatabase): Queues =>
  openQueues({ redisUrl: null, databaseUrl: database.url, workers: 1, log: silentLog })

function aScan(database: TestDatabase, queues: Queues, env: Record<string, string> = {}): ScanContext {
  const config = readConfig({ X_CLIENT_ID: 'client', ...env }, { keys: false })
  return { db: database.db, queues, config, log: silentLog, complain: complainer(silentLog, 'trouble'), worker: 'test' }
}

const many = (count: number) => Array.from({ length: count }, () => aDueLine())

describe('a scan', () => {
  test('fills a queue up to a few seconds of work and leaves the rest in the database', async () => {
    await using database = await aDatabase()
    await using queues = open(database)
    await connect(database, aVault(), ...many(100))
    const context = aScan(database, queues, { X_RATE_LIMIT: '10' })

    expect(await scan(context)).toBe(30)
    expect(await scan(context)).toBe(0)
  })

  test('puts several accounts into a job, the earliest deadline first', async () => {
    await using database = await aDatabase()
    await using queues = open(database)
    const ids = await connect(database, aVault(), ...many(7))
    await database.query('update refresh_schedule set requested_at = now() where account_id = $1', [ids[6]])
    for (const [at, id] of ids.entries())
      await database.query(
        "update refresh_schedule set deadline_at = now() + $2 * interval '1 min' where account_id = $1",
        [id, at],
      )

    await scan(aScan(database, queues, { WORKER_CONCURRENCY: '12' }))

    const jobs: RefreshJob[] = []
    const worker = queues.work('X', { concurrency: 1 }, async (job) => void jobs.push(job))
    await vi.waitFor(() => expect(jobs.flatMap(({ accountIds }) => accountIds)).toHaveLength(7), 20_000)
    await worker.close()
    expect(jobs).toEqual([
      { accountIds: ids.slice(0, 3), trigger: 'schedule' },
      { accountIds: ids.slice(3, 6), trigger: 'schedule' },
      { accountIds: ids.slice(6), trigger: 'operator' },
    ])
  })

  test('fills a queue with enough to reach the next scan, where that is seldom', async () => {
    await using database = await aDatabase()
    await using queues = open(database)
    await connect(database, aVault(), ...many(40))

    expect(await scan(aScan(database, queues, { X_RATE_LIMIT: '2', SCAN_INTERVAL_MS: '10000' }))).toBe(30)
  })

  test('leaves accounts of an app alone whose client id is not set', async () => {
    await using database = await aDatabase()
    await using queues = open(database)
    await connect(database, aVault(), ...many(2))

    expect(await scan(aScan(database, queues, { X_CLIENT_ID: '' }))).toBe(0)
  })

  test('leaves a paused app alone, and tries one account when the pause is over', async () => {
    await using database = await aDatabase()
    await using queues = open(database)
    await connect(database, aVault(), ...many(5))
    const context = aScan(database, queues)
    await database.query(
      "insert into platform_states (app, paused_until, reason) values ('X', now() + interval '1 h', 'test')",
    )
    expect(await scan(context)).toBe(0)

    await database.query("update platform_states set paused_until = now() - interval '1 s'")
    expect(await scan(context)).toBe(1)
    expect(await scan(context)).toBe(0)

    await database.query('update refresh_schedule set due_at = now(), claimed_at = null')
    expect(await scan(context)).toBe(1)
  })

  test('makes accounts due again at once that could not be queued', async () => {
    await using database = await aDatabase()
    await using queues = open(database)
    await connect(database, aVault(), ...many(3))
    const broken: Queues = {
      ...queues,
      add: () => Promise.reject(new Error('the queue is full')),
      countWaiting: queues.countWaiting,
    }

    expect(await scan(aScan(database, broken))).toBe(0)
    expect(await scan(aScan(database, queues))).toBe(3)
  })

  test('is noted, so that everybody knows when the last one was', async () => {
    await using database = await aDatabase()
    await using queues = open(database)
    await connect(database, aVault(), ...many(3))

    await scan(aScan(database, queues))

    expect(
      await database.query("select claimed, worker, now() - last_scan_at < interval '10 s' as fresh from scan_state"),
    ).toEqual([{ claimed: 3, worker: 'test', fresh: true }])
  })
})
