import { describe, expect, inject, test, vi } from 'vitest'
import { checkQueue } from '../../src/doctor/check-queue.ts'
import { openQueues } from '../../src/queue/queues.ts'
import { aDueLine, connect } from '../fixtures/account.ts'
import { aDaemon } from '../fixtures/daemon.ts'
import { aDatabase } from '../fixtures/database.ts'
import { aKeyFor, PATH } from '../fixtures/list.ts'
import { silentLog } from '../fixtures/log.ts'
import { aPlatformServer } from '../fixtures/platform-server.ts'
import { aRedisCluster, aSentinel } from '../fixtures/redis-topologies.ts'
import { aStrictX } from '../fixtures/strict-x.ts'
import { aVault } from '../fixtures/vault.ts'

const noServer = inject('redisServer') === null

const QUEUE_OF_X = 'token-refresh-worker:{refresh-x}:wait'

const FORGET_LOST_JOBS = `update refresh_schedule s set due_at = now() from account_credentials c
  where c.account_id = s.account_id and c.version = 1 and s.lease_id is null`

describe.skipIf(noServer).each([
  ['a cluster', () => aRedisCluster(QUEUE_OF_X), /^Redis \S+, a cluster of 3 masters and 1 replicas, noeviction$/],
  ['sentinels', aSentinel, /^Redis \S+, the sentinels' tokens, noeviction$/],
])('with %s', (_what, start, description) => {
  test('a failover costs no token and no limit, and all of it away does not keep a daemon from stopping', async () => {
    await using redis = await start()
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    const vault = aVault()
    const tokens = Array.from({ length: 60 }, (_, number) => `refresh-${number}`)
    await connect(database, vault, ...tokens.map((refreshToken) => aDueLine({}, { refreshToken })))
    const x = aStrictX(tokens)
    const failedOver = Promise.withResolvers<void>()
    platform.answerAll(async (response, request) => {
      if (platform.arrived.length > 20) await failedOver.promise
      if (typeof x.answer === 'function') await x.answer(response, request)
    })
    const renewed = () => database.query("select from refresh_attempts where outcome = 'renewed'")

    // A replica is known to its master when it has caught up.
    await expect
      .poll(() => checkQueue(redis.url, database.url), { timeout: 20_000 })
      .toMatchObject({
        state: 'ok',
        message: expect.stringMatching(description),
      })
    await using daemon = await aDaemon({
      ...{ database, vault, origin: platform.origin, redisUrl: redis.url },
      env: { LIST_BURST_LIMIT: '3' },
    })
    // A test that fails leaves no request for which a daemon that stops would wait.
    using _held = { [Symbol.dispose]: failedOver.resolve }
    await vi.waitFor(() => expect(platform.arrived.length).toBeGreaterThan(20), 20_000)
    await redis.failOver()
    failedOver.resolve()
    // Jobs that the replica had not heard of are lost; their accounts come back by themselves, after a while that is over here.
    await vi.waitFor(
      async () => {
        await database.query(FORGET_LOST_JOBS)
        expect(await renewed()).toHaveLength(60)
      },
      { timeout: 40_000, interval: 1000 },
    )

    expect(tokens.map((token) => x.shown.get(token))).toEqual(tokens.map(() => 1))
    expect(x.shown.size).toBe(60)
    const ask = async (authorization: string) =>
      (await fetch(`${daemon.listUrl}${PATH}`, { headers: { authorization } })).status
    const counted = () => redis.keys('token-refresh-worker:list:burst:*')
    // Until it has found the new master, the list counts by itself.
    await vi.waitFor(async () => {
      await ask(await aKeyFor(database, null))
      expect(await counted()).not.toEqual([])
    }, 20_000)
    const before = (await counted()).length
    const authorization = await aKeyFor(database, null)
    const statuses: number[] = []
    for (let count = 0; count < 4; count++) statuses.push(await ask(authorization))
    expect(statuses).toEqual([200, 200, 200, 429])
    expect(await counted()).toHaveLength(before + 1)

    // The daemon stops at the end of this block.
    await redis.killAll()
  })

  test('that is away a producer gives up within seconds', async () => {
    await using redis = await start()
    await redis.killAll()
    await using queues = openQueues({ redisUrl: redis.url, databaseUrl: '', workers: 0, log: silentLog })

    await expect(queues.countWaiting('X')).rejects.toThrow()
  })
})
