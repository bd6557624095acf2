import type { ServerResponse } from 'node:http'
import { describe, expect, test, vi } from 'vitest'
import { openQueues } from '../src/queue/queues.ts'
import type { Pace } from '../src/refresh/pace.ts'
import type { Vault } from '../src/vault.ts'
import { startWorkers } from '../src/worker.ts'
import { aDueLine, connect } from './fixtures/account.ts'
import { aDatabase, type TestDatabase } from './fixtures/database.ts'
import { aLog, silentLog } from './fixtures/log.ts'
import { aPlatformServer } from './fixtures/platform-server.ts'
import { aContext } from './fixtures/refresh-context.ts'

const RENEWED = { status: 200, body: { access_token: 'new', refresh_token: 'newer', expires_in: 7200 } }

/** The lines that attempts left, one account after the other as an operator asks for them. */
async function linesOf(...answers: Parameters<Awaited<ReturnType<typeof aPlatformServer>>['answer']>) {
  await using database = await aDatabase()
  await using platform = await aPlatformServer()
  const { log, lines } = aLog()
  await using context = { ...aContext(database, platform.origin, { WORKER_CONCURRENCY: '1' }), log }
  await using queues = openQueues({ redisUrl: null, databaseUrl: database.url, workers: 4, log: silentLog })
  await using _workers = startWorkers(context, queues)
  platform.answer(...answers)
  const ids = await connect(database, context.vault, ...answers.map(() => aDueLine()))
  const requestedAt = new Date(Date.now() + 60_000)
  for (const accountId of ids)
    await queues.add('X', [{ accountIds: [accountId], trigger: 'operator' }], { requestedAt, urgent: true })
  const ofAttempts = () => lines().filter(({ msg }) => `${msg}`.startsWith('refresh: '))
  await vi.waitFor(() => expect(ofAttempts()).toHaveLength(answers.length), 20_000)
  return { ofAttempts: ofAttempts(), others: lines().filter(({ msg }) => !`${msg}`.startsWith('refresh: ')), ids }
}

/** Accounts that a scan has just claimed. */
async function connectClaimed(database: TestDatabase, vault: Vault, count: number): Promise<string[]> {
  const ids = await connect(database, vault, ...Array.from({ length: count }, () => aDueLine()))
  await database.query("update refresh_schedule set claimed_at = now(), due_at = now() + interval '2 min'")
  return ids
}

const givenBack = (database: TestDatabase) =>
  database.query('select from refresh_schedule where due_at <= now() and claimed_at is null')

describe('a job of several accounts', () => {
  test('is done when they have their leases: slow answers hold up none of the others', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    await using context = aContext(database, platform.origin, { WORKER_CONCURRENCY: '8' })
    await using queues = openQueues({ redisUrl: null, databaseUrl: database.url, workers: 4, log: silentLog })
    const held: ServerResponse[] = []
    platform.answerAll((response, { form }) => {
      if (/^slow/.test(form.refresh_token ?? '')) return void held.push(response)
      response.setHeader('content-type', 'application/json')
      response.end(
        JSON.stringify({ access_token: 'new', refresh_token: `${form.refresh_token}-new`, expires_in: 7200 }),
      )
    })
    const names = Array.from({ length: 40 }, (_, at) => `${at > 10 && at % 5 === 0 ? 'slow' : 'quick'}-${at}`)
    const ids = await connect(database, context.vault, ...names.map((refreshToken) => aDueLine({}, { refreshToken })))
    await database.query('update refresh_schedule set claimed_at = now()')
    const jobs = ids.flatMap((id, at) =>
      at % 2 === 0 ? [{ accountIds: [id, ids[at + 1] ?? ''], trigger: 'schedule' as const }] : [],
    )
    await using workers = startWorkers(context, queues)
    await queues.add('X', jobs, { requestedAt: new Date(), urgent: false })

    const countRenewed = async () => (await database.query('select from account_credentials where version = 2')).length
    await vi.waitFor(async () => expect(await countRenewed()).toBe(35), 20_000)
    expect(held).toHaveLength(5)
    expect(await queues.countJobs(['X'])).toContainEqual({
      queue: 'refresh-x',
      counts: { waiting: 0, active: 0, delayed: 0, prioritized: 0, completed: 0, failed: 0 },
    })

    // A stop waits for them all the same.
    const stopped = workers[Symbol.asyncDispose]()
    for (const response of held) response.writeHead(503).end()
    await stopped
    expect(await database.query('select from refresh_schedule where lease_id is not null')).toEqual([])
  })

  test('gives back the accounts that have no lease yet when the process stops', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    await using context = aContext(database, platform.origin, { WORKER_CONCURRENCY: '8' })
    await using queues = openQueues({ redisUrl: null, databaseUrl: database.url, workers: 4, log: silentLog })
    const held: ServerResponse[] = []
    platform.answerAll((response) => void held.push(response))
    const accountIds = await connectClaimed(database, context.vault, 9)
    await using workers = startWorkers(context, queues)
    await queues.add('X', [{ accountIds, trigger: 'schedule' }], { requestedAt: new Date(), urgent: false })
    await vi.waitFor(() => expect(held).toHaveLength(3), 20_000)

    const stopped = workers[Symbol.asyncDispose]()
    for (const response of held) response.writeHead(503).end()
    await stopped

    expect(await givenBack(database)).toHaveLength(6)
  })

  test('gives back the accounts that are not let in, so that what somebody asks for comes through the queue', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    await using context = aContext(database, platform.origin, { WORKER_CONCURRENCY: '8' })
    await using queues = openQueues({ redisUrl: null, databaseUrl: database.url, workers: 4, log: silentLog })
    const held: ServerResponse[] = []
    platform.answerAll((response) => void held.push(response))
    const accountIds = await connectClaimed(database, context.vault, 20)
    await using _workers = startWorkers(context, queues, 200)
    using _answered = { [Symbol.dispose]: () => held.forEach((response) => void response.writeHead(503).end()) }
    const jobs = [0, 4, 8, 12].map((at) => ({ accountIds: accountIds.slice(at, at + 4), trigger: 'schedule' as const }))
    await queues.add('X', jobs, { requestedAt: new Date(), urgent: false })
    await vi.waitFor(() => expect(held).toHaveLength(3), 20_000)

    const requestedAt = new Date(Date.now() + 60_000)
    await queues.add('X', [{ accountIds: accountIds.slice(19), trigger: 'operator' }], { requestedAt, urgent: true })
    await vi.waitFor(() => expect(held).toHaveLength(4), 20_000)

    expect(await database.query("select from refresh_attempts where trigger = 'operator'")).toHaveLength(1)
    await vi.waitFor(async () => expect(await givenBack(database)).toHaveLength(13), 20_000)
  })
})

describe('accounts of a platform with a limit', () => {
  test('are fewer at once when their turns are long in coming', async () => {
    const mostAtOnce = await Promise.all([0, 11_000].map(countAtOnce))

    expect(mostAtOnce[0]).toBeGreaterThan(3)
    expect(mostAtOnce[1]).toBeLessThanOrEqual(3)
  })
})

/** How many of thirty accounts are under way at the same time, at most, when each is told that it has waited so long. */
async function countAtOnce(waitedMs: number): Promise<number> {
  await using database = await aDatabase()
  await using platform = await aPlatformServer()
  const pace: Pace = { turn: async () => waitedMs, restart: () => undefined }
  await using context = { ...aContext(database, platform.origin), pace }
  await using queues = openQueues({ redisUrl: null, databaseUrl: database.url, workers: 4, log: silentLog })
  let [inside, most] = [0, 0]
  platform.answerAll((response, { form }) => {
    most = Math.max(most, ++inside)
    response.setHeader('content-type', 'application/json')
    const body = { access_token: 'new', refresh_token: `${form.refresh_token}-new`, expires_in: 7200 }
    setTimeout(() => {
      inside--
      response.end(JSON.stringify(body))
    }, 50)
  })
  const lines = Array.from({ length: 30 }, (_, at) => aDueLine({}, { refreshToken: `token-${at}` }))
  const accountIds = await connect(database, context.vault, ...lines)
  await database.query('update refresh_schedule set claimed_at = now()')
  await using _workers = startWorkers(context, queues)
  await queues.add('X', [{ accountIds, trigger: 'schedule' }], { requestedAt: new Date(), urgent: false })
  const renewed = () => database.query('select from account_credentials where version = 2')
  await vi.waitFor(async () => expect(await renewed()).toHaveLength(30), 20_000)
  return most
}

describe('the log', () => {
  test('has one line per attempt, with the same members whatever came of it', async () => {
    const { ofAttempts, ids } = await linesOf(RENEWED, { status: 503 })

    const members = [
      ...['level', 'time', 'accountId', 'attemptId', 'platform', 'trigger', 'outcome', 'code', 'httpStatus'],
      ...['lostRotation', 'durationMs', 'answerMs', 'commitMs', 'leftMs', 'msg'],
    ]
    for (const line of ofAttempts) expect(Object.keys(line)).toEqual(members)
    expect(ofAttempts.map(({ accountId }) => accountId).sort()).toEqual([...ids].sort())
    expect(ofAttempts.map(({ level, outcome }) => `${level} ${outcome}`).sort()).toEqual([
      'info renewed',
      'info transient',
    ])
  })

  test('takes for an error what nobody expected', async () => {
    const { ofAttempts } = await linesOf({ status: 418, body: { error: 'teapot' } })

    expect(ofAttempts).toMatchObject([{ level: 'error', outcome: 'unknown' }])
  })

  test('has a single error for a platform that is paused, however many attempts show it', async () => {
    const refused = { status: 401, body: { error: 'unauthorized_client' } }

    const { ofAttempts, others } = await linesOf(refused, refused, refused)

    expect(ofAttempts.map(({ level }) => level)).toEqual(['info', 'info', 'info'])
    expect(others.filter(({ level }) => level === 'error')).toMatchObject([{ app: 'X' }])
  })
})
