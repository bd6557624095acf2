import { describe, expect, test, vi } from 'vitest'
import { openDatabase } from '../src/database/connect.ts'
import { saveScan } from '../src/database/scan-state.ts'
import { watchLiveness } from '../src/liveness.ts'
import { progressOfEventLoop, progressOfScheduler, progressOfWorker } from '../src/progress.ts'
import { openQueues, type Queues } from '../src/queue/queues.ts'
import { refresh } from '../src/refresh/refresh.ts'
import { startWorkers } from '../src/worker.ts'
import { aDueLine, connect } from './fixtures/account.ts'
import { aDatabase } from './fixtures/database.ts'
import { silentLog } from './fixtures/log.ts'
import { aPlatformServer } from './fixtures/platform-server.ts'
import { aRedis, backends, isMissing } from './fixtures/redis.ts'
import { aContext } from './fixtures/refresh-context.ts'

const idle = { quietMs: () => 60_000 }
const requestedAt = new Date()
const addJob = (queues: Queues) =>
  queues.add('X', [{ accountIds: ['soc_nobody'], trigger: 'operator' }], { requestedAt, urgent: true })

/** As if its patience were over at once. */
const impatient = (parts: ReturnType<typeof progressOfWorker>) =>
  Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, { ...part, patienceMs: 0 }]))

describe.each(backends)('a worker with its queue in $backend', ({ backend, redis }) => {
  test.skipIf(isMissing(backend))('that stopped consuming turns red while its connections are up', async () => {
    await using database = await aDatabase()
    await using server = await redis()
    await using platform = await aPlatformServer()
    await using context = aContext(database, platform.origin)
    await using queues = openQueues({
      ...{ redisUrl: server?.url ?? null, databaseUrl: database.url, workers: 4, log: silentLog },
    })
    const workers = startWorkers(context, queues)
    await using liveness = watchLiveness(impatient(progressOfWorker({ ...context, queues, workers })), {
      log: silentLog,
      lookEveryMs: 50,
    })
    await addJob(queues)
    await vi.waitFor(async () => expect(await queues.countWaiting('X')).toBe(0), 10_000)
    expect(liveness.findTrouble()).toBeNull()

    await workers[Symbol.asyncDispose]()
    await addJob(queues)

    await vi.waitFor(() => expect(liveness.findTrouble()).toEqual({ 'worker X': 'stands still' }), 20_000)
  })
})

describe('a worker', () => {
  test('is not blamed while there is nothing to do, or the database is away', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    await using context = aContext(database, platform.origin)
    await using queues = openQueues({ redisUrl: null, databaseUrl: database.url, workers: 0, log: silentLog })
    await using away = openDatabase('postgres://127.0.0.1:1/none', {
      ...{ connections: 1, name: 'away', log: silentLog, queryTimeoutMs: null },
    })
    const part = progressOfWorker({ ...context, queues, workers: idle as never })['worker X']
    const partWithout = progressOfWorker({ ...context, db: away, queues, workers: idle as never })['worker X']

    expect(await part?.standsStill()).toBe(false)
    await addJob(queues)

    expect(await part?.standsStill()).toBe(true)
    await expect(partWithout?.standsStill()).rejects.toThrow()
  })

  test('waits longer where the fleet shares a limit', async () => {
    await using database = await aDatabase()
    await using context = aContext(database, 'http://127.0.0.1:1', { X_RATE_LIMIT: '1' })
    const parts = progressOfWorker({ ...context, queues: {} as never, workers: idle as never })

    expect(parts['worker X']?.patienceMs).toBeGreaterThan(parts['worker INSTAGRAM']?.patienceMs ?? Infinity)
  })

  test('that cannot save an outcome although the database answers stands still until it can', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    await using context = aContext(database, platform.origin)
    const [accountId = ''] = await connect(database, context.vault, aDueLine())
    const name = database.url.slice(database.url.lastIndexOf('/') + 1)
    const setReadOnly = async (value: 'on' | 'off') => {
      await database.administer(`alter database ${name} set default_transaction_read_only = ${value}`)
      await database.administer(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`)
    }
    platform.answer(async (response) => {
      await setReadOnly('on')
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ access_token: 'new', refresh_token: 'newer', expires_in: 7200 }))
    })
    const { commits } = progressOfWorker({ ...context, queues: {} as never, workers: idle as never })
    expect(await commits?.standsStill()).toBe(false)

    const refreshing = refresh(context, { accountId, trigger: 'operator', requestedAt: new Date(Date.now() + 60_000) })
    await vi.waitFor(async () => expect(await commits?.standsStill()).toBe(true), 10_000)
    await setReadOnly('off')

    expect(await refreshing).toMatchObject({ outcome: 'renewed' })
    expect(await commits?.standsStill()).toBe(false)
  })
})

test('a scheduler stands still when the fleet does not scan', async () => {
  await using database = await aDatabase()
  await using context = aContext(database, 'http://127.0.0.1:1')
  const { scan } = progressOfScheduler(database.db, context.config)

  expect(await scan?.standsStill()).toBe(true)
  await saveScan(database.db, { claimed: 0, worker: 'test', apps: [] })
  expect(await scan?.standsStill()).toBe(false)
  await database.query("update scan_state set last_scan_at = now() - interval '31 s'")
  expect(await scan?.standsStill()).toBe(true)
})

test('an event loop that is late at every turn stands still', async () => {
  const { parts, stop } = progressOfEventLoop()
  const { 'event loop': loop } = parts
  const block = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1300)
  await new Promise((done) => setTimeout(done, 100))
  expect(await loop?.standsStill()).toBe(false)

  for (let turn = 0; turn < 3; turn++) {
    block()
    await new Promise((done) => setTimeout(done, 1))
  }

  expect(await loop?.standsStill()).toBe(true)
  stop()
})

test.skipIf(isMissing('redis'))('a queue that is away is nobody standing still', async () => {
  await using database = await aDatabase()
  await using redis = await aRedis()
  await using context = aContext(database, 'http://127.0.0.1:1')
  const url = new URL(redis.url)
  url.port = '1'
  await using queues = openQueues({ redisUrl: url.href, databaseUrl: database.url, workers: 0, log: silentLog })
  const part = progressOfWorker({ ...context, queues, workers: idle as never })['worker X']

  await expect(part?.standsStill()).rejects.toThrow()
})
