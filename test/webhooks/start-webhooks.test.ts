import { describe, expect, test, vi } from 'vitest'
import { pauseByOperator, resumeByOperator } from '../../src/database/pause-app.ts'
import { claimDeliveries } from '../../src/database/webhook-deliveries.ts'
import { replaceSecrets } from '../../src/database/webhook-endpoints.ts'
import { openQueues } from '../../src/queue/queues.ts'
import { makeSecret, sealSecrets } from '../../src/sealing/webhook-secrets.ts'
import { DAY_MS } from '../../src/units.ts'
import { aDueLine, aLine, connect } from '../fixtures/account.ts'
import { aDaemon } from '../fixtures/daemon.ts'
import { aDatabase, type TestDatabase } from '../fixtures/database.ts'
import { aLog, silentLog } from '../fixtures/log.ts'
import { type Arrived, aPlatformServer } from '../fixtures/platform-server.ts'
import { backends, isMissing } from '../fixtures/redis.ts'
import { aRow } from '../fixtures/rows.ts'
import { aVault } from '../fixtures/vault.ts'
import { anEndpoint, aReceiver, eventsOf, verify } from '../fixtures/webhooks.ts'

const DEAD = {
  status: 400,
  body: { error: 'invalid_request', error_description: 'Value passed for the token was invalid.' },
}
const revoke = (database: TestDatabase) => database.query("update social_accounts set status = 'REVOKED'")
const idsOf = (arrived: readonly Arrived[]) => arrived.map(({ headers }) => String(headers['webhook-id'])).sort()
const delivered = (database: TestDatabase) =>
  database.query('select from webhook_deliveries where delivered_at is not null')

describe.each(backends)('webhooks with the queue in $backend', ({ backend, redis }) => {
  test.skipIf(isMissing(backend))(
    'tell of every account that ends and recovers once, with two daemons at work',
    async () => {
      await using database = await aDatabase()
      await using server = await redis()
      await using platform = await aPlatformServer()
      await using receiver = await aReceiver()
      const vault = aVault()
      const { secret } = await anEndpoint(database, { vault, url: receiver.origin })
      const ended = { tokenExpiresAt: new Date(Date.now() - 1000).toISOString() }
      const accounts = Array.from({ length: 4 }, (_, number) => ({ externalId: `${number}` }))
      const ids = await connect(database, vault, ...accounts.map((account) => aDueLine({ ...account, ...ended })))
      platform.answerAll(DEAD)

      const options = { database, vault, origin: platform.origin, redisUrl: server?.url ?? null }
      await using _one = await aDaemon({ ...options, worker: 'one' })
      await using _two = await aDaemon({ ...options, worker: 'two' })
      await vi.waitFor(() => expect(receiver.arrived).toHaveLength(4), 30_000)
      await connect(database, vault, ...accounts.map((account) => aLine(account)))
      await vi.waitFor(async () => expect(await delivered(database)).toHaveLength(8), 30_000)

      const told = receiver.arrived.map((request) => verify(secret, request))
      const tale = (type: string) => told.filter((one) => one.type === type).map(({ data }) => data.id)
      expect(tale('account.token_expired').sort()).toEqual([...ids].sort())
      expect(tale('account.recovered').sort()).toEqual([...ids].sort())
      expect(idsOf(receiver.arrived)).toEqual((await eventsOf(database)).map(({ id }) => id).sort())
      expect(JSON.stringify(receiver.arrived.map(({ body }) => body))).not.toMatch(/access-|refresh-/)
    },
  )

  test.skipIf(isMissing(backend))('tell that our app is refused, and that it works again', async () => {
    await using database = await aDatabase()
    await using server = await redis()
    await using platform = await aPlatformServer()
    await using receiver = await aReceiver()
    const vault = aVault()
    const { secret } = await anEndpoint(database, { vault, url: receiver.origin })
    await connect(database, vault, ...Array.from({ length: 5 }, () => aDueLine()))
    platform.answerAll({ status: 401, body: { error: 'unauthorized_client' } })

    const options = { database, vault, origin: platform.origin, redisUrl: server?.url ?? null }
    await using _one = await aDaemon({ ...options, worker: 'one' })
    await using _two = await aDaemon({ ...options, worker: 'two' })
    await vi.waitFor(() => expect(receiver.arrived).toHaveLength(1), 30_000)
    platform.answerAll((response) => {
      const body = { access_token: 'a', refresh_token: `r-${Math.random()}`, expires_in: 7200 }
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    })
    await database.query("update platform_states set paused_until = now(), since = now() - interval '1 h'")
    await database.query('update refresh_schedule set due_at = now()')
    await vi.waitFor(async () => expect(await delivered(database)).toHaveLength(2), 30_000)

    expect(receiver.arrived.map((request) => verify(secret, request))).toMatchObject([
      { type: 'platform.paused', data: { app: 'X', reason: 'app_misconfigured' } },
      { type: 'platform.resumed', data: { app: 'X', reason: 'app_misconfigured' } },
    ])
  })

  test.skipIf(isMissing(backend))('tell once that a reconnect is due, by daemons that start together', async () => {
    await using database = await aDatabase()
    await using server = await redis()
    await using receiver = await aReceiver()
    const vault = aVault()
    const { secret } = await anEndpoint(database, { vault, url: receiver.origin })
    const soon = [3, 6].map((days) => new Date(Date.now() + days * DAY_MS).toISOString())
    const lines = soon.map((refreshTokenExpiresAt) => aLine({}, { refreshTokenExpiresAt }))
    const ids = await connect(database, vault, ...lines, aLine())

    const options = { database, vault, origin: receiver.origin, redisUrl: server?.url ?? null }
    await using _one = await aDaemon({ ...options, worker: 'one' })
    await using _two = await aDaemon({ ...options, worker: 'two' })
    await vi.waitFor(async () => expect(await delivered(database)).toHaveLength(2), 30_000)

    const told = receiver.arrived.map((request) => verify(secret, request))
    expect(told.map(({ data }) => data.id).sort()).toEqual(ids.slice(0, 2).sort())
    for (const { type, data } of told) {
      expect(type).toBe('account.reconnect_due')
      expect(data).toMatchObject({ status: 'ACTIVE', withinDays: 7, reconnectBy: soon[ids.indexOf(String(data.id))] })
    }
  })

  test.skipIf(isMissing(backend))('tell what happened while the receiver was down, with the same id', async () => {
    await using database = await aDatabase()
    await using server = await redis()
    await using receiver = await aReceiver()
    const vault = aVault()
    const { id, secret } = await anEndpoint(database, { vault, url: 'http://127.0.0.1:1/hook' })
    await aRow(database)
    await revoke(database)

    const options = {
      database,
      vault,
      origin: receiver.origin,
      redisUrl: server?.url ?? null,
      roles: ['worker'] as const,
    }
    await using _daemon = await aDaemon(options)
    await vi.waitFor(
      async () =>
        expect(await database.query('select attempts, last_error from webhook_deliveries')).toEqual([
          { attempts: expect.toSatisfy((tries: number) => tries > 0), last_error: 'ECONNREFUSED' },
        ]),
      20_000,
    )
    receiver.answer({ status: 500 }, { status: 429 })
    await database.query('update webhook_endpoints set url = $2 where id = $1', [id, `${receiver.origin}/hook`])
    const hurry = async () => {
      await database.query('update webhook_deliveries set next_at = now() where next_at is not null')
      expect(await delivered(database)).toHaveLength(1)
    }
    await vi.waitFor(hurry, { timeout: 30_000, interval: 200 })

    const [event] = await eventsOf(database)
    expect(idsOf(receiver.arrived)).toEqual([event?.id, event?.id, event?.id])
    expect(receiver.arrived.map(({ url }) => url)).toEqual(['/hook', '/hook', '/hook'])
    for (const request of receiver.arrived) expect(verify(secret, request).type).toBe('account.revoked')
  })

  test.skipIf(isMissing(backend))('outlive the loss of the queue with everything in it', async () => {
    await using database = await aDatabase()
    await using server = await redis()
    await using receiver = await aReceiver()
    const vault = aVault()
    const { secret } = await anEndpoint(database, { vault, url: receiver.origin })
    await aRow(database)
    await revoke(database)
    const redisUrl = server?.url ?? null
    {
      // The claims of a daemon that was killed, whose jobs are lost.
      await using queues = openQueues({ redisUrl, databaseUrl: database.url, workers: 0, log: silentLog })
      await queues.addDeliveries(await claimDeliveries(database.db, 10))
    }
    if (server === null) await database.query('delete from bullmq.job')
    else await server.client.flushdb()
    await database.query('update webhook_deliveries set claimed_until = now()')

    await using _daemon = await aDaemon({ database, vault, origin: receiver.origin, redisUrl, roles: ['worker'] })
    await vi.waitFor(async () => expect(await delivered(database)).toHaveLength(1), 20_000)

    expect(receiver.arrived.map((request) => verify(secret, request).type)).toEqual(['account.revoked'])
  })
})

describe('webhooks', () => {
  test('are signed by two secrets after a rotation, and by one when its time is over', async () => {
    await using database = await aDatabase()
    await using receiver = await aReceiver()
    const vault = aVault()
    const { id, secret: old } = await anEndpoint(database, { vault, url: receiver.origin })
    const current = makeSecret()
    await replaceSecrets(database.db, sealSecrets(vault, { id, version: 2 }, { current, previous: old }), 24)
    await using _daemon = await aDaemon({ database, vault, origin: receiver.origin, redisUrl: null, roles: ['worker'] })
    await pauseByOperator(database.db, { app: 'X', until: null, reason: 'by an operator' })
    await vi.waitFor(() => expect(receiver.arrived).toHaveLength(1), 20_000)

    await database.query('update webhook_endpoints set previous_signs_until = now()')
    await resumeByOperator(database.db, 'X')
    await vi.waitFor(() => expect(receiver.arrived).toHaveLength(2), 20_000)

    const [during, after] = receiver.arrived as [Arrived, Arrived]
    expect([verify(old, during).type, verify(current, during).type]).toEqual(['platform.paused', 'platform.paused'])
    expect(verify(current, after).type).toBe('platform.resumed')
    expect(() => verify(old, after)).toThrow('No matching signature found')
  })

  test('never connect to a private address, by its number or by a name', async () => {
    await using database = await aDatabase()
    await using receiver = await aReceiver()
    const vault = aVault()
    const { port } = new URL(receiver.origin)
    const urls = [receiver.origin, `https://127.0.0.1:${port}`, `https://localhost:${port}`, 'https://169.254.169.254']
    for (const url of urls) await anEndpoint(database, { vault, url })
    await aRow(database)
    await revoke(database)
    const { log, lines } = aLog()

    const env = { ALLOW_PRIVATE_NETWORK: '' }
    const daemon = { database, vault, origin: receiver.origin, redisUrl: null, roles: ['worker'] as const, env, log }
    await using _daemon = await aDaemon(daemon)
    await vi.waitFor(
      async () =>
        expect(
          await database.query("select from webhook_deliveries where last_error = 'HOST_NOT_ALLOWED'"),
        ).toHaveLength(4),
      20_000,
    )

    expect(receiver.arrived).toHaveLength(0)
    expect(lines().filter(({ level }) => level === 'error')).toEqual([])
  })

  test('follow no redirect: where it leads was never allowed', async () => {
    await using database = await aDatabase()
    await using receiver = await aReceiver()
    await using elsewhere = await aReceiver()
    const vault = aVault()
    await anEndpoint(database, { vault, url: receiver.origin })
    receiver.answerAll({ status: 307, headers: { location: elsewhere.origin } })
    await aRow(database)
    await revoke(database)

    await using _daemon = await aDaemon({ database, vault, origin: receiver.origin, redisUrl: null, roles: ['worker'] })
    await vi.waitFor(
      async () =>
        expect(
          await database.query('select from webhook_deliveries where last_status = 307 and next_at > now()'),
        ).toHaveLength(1),
      20_000,
    )

    expect(elsewhere.arrived).toHaveLength(0)
  })

  test('stop for good when the endpoint answers 410', async () => {
    await using database = await aDatabase()
    await using receiver = await aReceiver()
    const vault = aVault()
    await anEndpoint(database, { vault, url: receiver.origin })
    receiver.answerAll({ status: 410 })
    await aRow(database)
    await revoke(database)

    await using _daemon = await aDaemon({ database, vault, origin: receiver.origin, redisUrl: null, roles: ['worker'] })
    await vi.waitFor(
      async () =>
        expect(await database.query('select from webhook_endpoints where gone_at is not null')).toHaveLength(1),
      20_000,
    )
    await database.query("update social_accounts set status = 'ACTIVE'")

    expect(receiver.arrived).toHaveLength(1)
    expect(await database.query('select from webhook_deliveries where next_at is not null')).toEqual([])
  })

  test('whose secret no key opens fail with an error in the log, and wait for the key', async () => {
    await using database = await aDatabase()
    await using receiver = await aReceiver()
    await anEndpoint(database, { vault: aVault(), url: receiver.origin })
    await aRow(database)
    await revoke(database)
    const { log, lines } = aLog()

    const daemon = {
      database,
      vault: aVault(),
      origin: receiver.origin,
      redisUrl: null,
      roles: ['worker'] as const,
      log,
    }
    await using _daemon = await aDaemon(daemon)
    await vi.waitFor(
      async () =>
        expect(
          await database.query(
            "select from webhook_deliveries where last_error = 'SECRET_UNREADABLE' and next_at > now()",
          ),
        ).toHaveLength(1),
      20_000,
    )

    expect(receiver.arrived).toHaveLength(0)
    expect(lines()).toContainEqual(expect.objectContaining({ level: 'error', msg: expect.stringContaining('no key') }))
  })
})
