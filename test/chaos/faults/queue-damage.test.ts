import { describe, expect, test, vi } from 'vitest'
import { openQueues, type Queues } from '../../../src/queue/queues.ts'
import { aDatabase, type TestDatabase } from '../../fixtures/database.ts'
import { silentLog } from '../../fixtures/log.ts'
import { backends, isMissing, type TestRedis } from '../../fixtures/redis.ts'
import type { World } from '../fault.ts'
import { loseScanEntry, plantStrayJobs, takeJobsAway } from './queue-damage.ts'

const ACCOUNTS = ['soc_a', 'soc_b', 'soc_c', 'soc_d']

async function aWorld(database: TestDatabase, redis: TestRedis | null): Promise<World> {
  await database.query(
    `insert into social_accounts (id, workspace_id, platform, external_id, handle, scopes)
     select id, 'ws_1', 'X', id, '@brand', '{}' from unnest($1::text[]) id`,
    [ACCOUNTS],
  )
  await database.query(
    "insert into refresh_schedule (account_id, platform, app) select id, 'X', 'X' from unnest($1::text[]) id",
    [ACCOUNTS],
  )
  const world = {
    ...{ random: () => 0, accountIds: ACCOUNTS, query: database.query, postgres: { urlOf: async () => database.url } },
    redis: redis && {
      url: redis.url,
      withClient: (use: (client: TestRedis['client']) => unknown) => use(redis.client),
    },
  }
  return world as object as World
}

const open = (database: TestDatabase, redis: TestRedis | null) =>
  openQueues({ redisUrl: redis?.url ?? null, databaseUrl: database.url, workers: 1, log: silentLog })

const countOf = async (queues: Queues, state: string) => {
  const [refresh] = await queues.countJobs(['X'])
  return refresh?.counts[state]
}

describe.each(backends)('a queue in $backend', ({ backend, redis }) => {
  test.skipIf(isMissing(backend))('loses the entry of the scan, which can be restored', async () => {
    await using database = await aDatabase()
    await using server = await redis()
    await using queues = open(database, server)
    const world = await aWorld(database, server)
    const [scans] = queues.open([])
    await queues.ensureScanEntry(60_000)
    expect(await scans?.getJobScheduler('scan')).toMatchObject({ every: 60_000 })

    await loseScanEntry(world)
    expect(await scans?.getJobScheduler('scan')).toBeUndefined()
    expect(await scans?.getJobCounts('delayed')).toEqual({ delayed: 0 })
    await queues.ensureScanEntry(60_000)

    expect(await scans?.getJobScheduler('scan')).toMatchObject({ every: 60_000 })
  })

  test.skipIf(isMissing(backend))('gets stray jobs, which a worker works off', async () => {
    await using database = await aDatabase()
    await using server = await redis()
    await using queues = open(database, server)
    const world = await aWorld(database, server)

    await plantStrayJobs(world)
    expect(await countOf(queues, 'waiting')).toBe(2 * (ACCOUNTS.length + 1) + 2 * 3 + 1)
    const seen: string[] = []
    const worker = queues.work('X', { concurrency: 1 }, async (job) => {
      seen.push(...job.accountIds)
    })
    await vi.waitFor(async () => expect(await countOf(queues, 'waiting')).toBe(0), 20_000)
    await worker.close()

    expect(new Set(seen)).toEqual(new Set([...ACCOUNTS, 'soc_gone']))
  })

  test.skipIf(isMissing(backend))('has jobs taken away that stay active', async () => {
    await using database = await aDatabase()
    await using server = await redis()
    await using queues = open(database, server)

    await takeJobsAway(await aWorld(database, server))

    expect(await countOf(queues, 'active')).toBe(20 * ACCOUNTS.length)
    expect(await countOf(queues, 'waiting')).toBe(0)
  })
})
