import { describe, expect, test, vi } from 'vitest'
import { openQueues, type Queued, type Queues, type RefreshJob } from '../../src/queue/queues.ts'
import { aDatabase, type TestDatabase } from '../fixtures/database.ts'
import { aLog, silentLog } from '../fixtures/log.ts'
import { aRedis, backends, isMissing, type TestRedis } from '../fixtures/redis.ts'

const open = (database: TestDatabase, redis: TestRedis | null): Queues =>
  openQueues({ redisUrl: redis?.url ?? null, databaseUrl: database.url, workers: 2, log: silentLog })

const job = (accountId: string, trigger: RefreshJob['trigger'] = 'schedule'): RefreshJob => ({
  accountIds: [accountId],
  trigger,
})
const requestedAt = new Date('2026-11-23T12:00:00.123Z')
const one = { concurrency: 1 }

describe.each(backends)('queues in $backend', ({ backend, redis }) => {
  test.skipIf(isMissing(backend))('hand jobs over in their order, operators before everything that waits', async () => {
    await using database = await aDatabase()
    await using server = await redis()
    await using queues = open(database, server)
    await queues.add(
      'X',
      ['a', 'b', 'c'].map((id) => job(id)),
      { requestedAt, urgent: false },
    )
    await queues.add('X', [job('now', 'operator')], { requestedAt, urgent: true })
    expect(await queues.countWaiting('X')).toBe(4)

    const taken: [RefreshJob, Queued][] = []
    const worker = queues.work('X', one, async (...args) => void taken.push(args))
    await vi.waitFor(() => expect(taken).toHaveLength(4), 15_000)
    await worker.close()

    expect(taken.flatMap(([{ accountIds }]) => accountIds)).toEqual(['now', 'a', 'b', 'c'])
    expect(taken[0]).toEqual([
      { accountIds: ['now'], trigger: 'operator' },
      { requestedAt, urgent: true },
    ])
    expect(taken[1]?.[1].urgent).toBe(false)
    expect(await queues.countWaiting('X')).toBe(0)
  })

  test.skipIf(isMissing(backend))('keep apps apart', async () => {
    await using database = await aDatabase()
    await using server = await redis()
    await using queues = open(database, server)
    await queues.add('X', [job('x')], { requestedAt, urgent: false })
    await queues.add('BLUESKY', [job('b')], { requestedAt, urgent: false })

    const taken: string[] = []
    const worker = queues.work('BLUESKY', one, async ({ accountIds }) => void taken.push(...accountIds))
    await vi.waitFor(() => expect(taken).toEqual(['b']), 15_000)
    await worker.close()

    expect(await queues.countWaiting('X')).toBe(1)
  })

  test.skipIf(isMissing(backend))('finish the jobs that run when a worker is closed', async () => {
    await using database = await aDatabase()
    await using server = await redis()
    await using queues = open(database, server)
    await queues.add('X', [job('a'), job('b')], { requestedAt, urgent: false })

    const gate = Promise.withResolvers<void>()
    const finished: string[] = []
    let started = 0
    const worker = queues.work('X', one, async ({ accountIds }) => {
      started++
      await gate.promise
      finished.push(...accountIds)
    })
    await vi.waitFor(() => expect(started).toBe(1), 15_000)
    const closing = worker.close()
    gate.resolve()
    await closing

    expect(finished).toEqual(['a'])
    expect(await queues.countWaiting('X')).toBe(1)
  })

  test.skipIf(isMissing(backend))(
    'run the scan at its interval, from one entry however often it is ensured',
    async () => {
      await using database = await aDatabase()
      await using server = await redis()
      await using queues = open(database, server)
      for (const everyMs of [60_000, 200, 200]) await queues.ensureScanEntry(everyMs)

      let scans = 0
      const worker = queues.workOnScans(async () => void scans++)
      await vi.waitFor(() => expect(scans).toBeGreaterThanOrEqual(3), 15_000)
      await worker.close()
    },
  )
})

describe('in Redis', () => {
  test.skipIf(isMissing('redis'))(
    'a job is an id and a trigger, and the keys of a queue share one hash tag',
    async () => {
      await using database = await aDatabase()
      await using redis = await aRedis()
      await using queues = open(database, redis)
      await queues.add('X', [job('soc_1', 'operator')], { requestedAt, urgent: true })

      const keys = await redis.client.keys('token-refresh-worker:*')
      expect(keys.length).toBeGreaterThan(0)
      expect(keys.every((key) => key.startsWith('token-refresh-worker:{refresh-x}:'))).toBe(true)
      const [data] = await Promise.all(
        keys.filter((key) => /:\d+$/.test(key)).map((key) => redis.client.hget(key, 'data')),
      )
      expect(JSON.parse(data ?? '')).toEqual({ accountId: 'soc_1', trigger: 'operator' })
    },
  )

  test.skipIf(isMissing('redis'))('an eviction policy that loses jobs is warned about', async () => {
    await using database = await aDatabase()
    await using redis = await aRedis()
    const { log, lines } = aLog()
    await redis.client.config('SET', 'maxmemory-policy', 'allkeys-lru')
    try {
      await using _queues = openQueues({ redisUrl: redis.url, databaseUrl: database.url, workers: 0, log })
      await vi.waitFor(
        () => expect(lines()).toContainEqual(expect.objectContaining({ level: 'warn', policy: 'allkeys-lru' })),
        10_000,
      )
    } finally {
      await redis.client.config('SET', 'maxmemory-policy', 'noeviction')
    }
  })

  test('a Redis that is away fails a producer within seconds, and says once that it is away', async () => {
    await using database = await aDatabase()
    const { log, lines } = aLog()
    await using queues = openQueues({ redisUrl: 'redis://127.0.0.1:1', databaseUrl: database.url, workers: 0, log })

    await expect(queues.countWaiting('X')).rejects.toThrow()
    await expect(queues.add('X', [job('a')], { requestedAt, urgent: false })).rejects.toThrow()

    expect(lines().filter(({ msg }) => String(msg).startsWith('the queue has trouble')).length).toBeLessThanOrEqual(2)
  })
})
