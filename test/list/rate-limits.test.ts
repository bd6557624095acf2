import { describe, expect, inject, test, vi } from 'vitest'
import { makeApiKey } from '../../src/list/api-key.ts'
import { violations } from '../fixtures/contract.ts'
import { aDatabase } from '../fixtures/database.ts'
import { aKeyFor, aList, PATH, type TestList } from '../fixtures/list.ts'
import { aRedis } from '../fixtures/redis.ts'
import { aTcpProxy } from '../fixtures/tcp-proxy.ts'

const noRedis = inject('redisUrl') === null

const ask = async (list: TestList, times: number, headers?: Record<string, string>) =>
  (await Promise.all(Array.from({ length: times }, () => list.get(PATH, headers)))).map(({ statusCode }) => statusCode)

const count = (codes: readonly number[], code: number) => codes.filter((one) => one === code).length

describe('the limits of a key', () => {
  test('let so many requests through, then say how long to wait', async () => {
    await using list = await aList({ env: { LIST_BURST_LIMIT: '5' } })

    const codes = await ask(list, 8)
    const refused = await list.get(PATH)

    expect([count(codes, 200), count(codes, 429)]).toEqual([5, 3])
    expect(refused.statusCode).toBe(429)
    expect(violations('Error429', refused.json())).toEqual([])
    const { retryAfterMs } = refused.json()
    expect(retryAfterMs).toBeGreaterThan(0)
    expect(retryAfterMs).toBeLessThanOrEqual(60_000)
    expect(Number(refused.headers['retry-after'])).toBe(Math.ceil(retryAfterMs / 1000))
    expect(refused.headers['cache-control']).toBe('no-store')
  })

  test('are two: the longer one holds when the shorter one has room', async () => {
    await using list = await aList({ env: { LIST_BURST_LIMIT: '100', LIST_SUSTAINED_LIMIT: '5' } })

    const codes = await ask(list, 8)
    const { retryAfterMs } = (await list.get(PATH)).json()

    expect(count(codes, 200)).toBe(5)
    expect(retryAfterMs).toBeGreaterThan(60_000)
    expect(retryAfterMs).toBeLessThanOrEqual(900_000)
  })

  test('are those of the contract without a setting', async () => {
    await using list = await aList()

    expect(count(await ask(list, 70), 200)).toBe(60)
  })

  test('are its own: another key, the probes and the documentation go on', async () => {
    await using list = await aList({ env: { LIST_BURST_LIMIT: '1' } })
    await ask(list, 3)

    expect((await list.get(PATH, { authorization: await aKeyFor(list.database, null) })).statusCode).toBe(200)
    for (const url of ['/healthz', '/readyz', '/openapi.json']) expect((await list.get(url, {})).statusCode).toBe(200)
  })

  test.skipIf(noRedis)('hold exactly for two replicas together', async () => {
    await using database = await aDatabase()
    await using redis = await aRedis()
    const options = { database, redisUrl: redis.url, env: { LIST_BURST_LIMIT: '20' } }
    await using one = await aList(options)
    await using two = await aList(options)
    const headers = { authorization: one.authorization }

    const codes = (await Promise.all([ask(one, 25, headers), ask(two, 25, headers)])).flat()

    expect([count(codes, 200), count(codes, 429)]).toEqual([20, 30])
    expect(JSON.stringify(await redis.client.keys('*'))).not.toContain(one.authorization.slice(15))
  })

  test.skipIf(noRedis).each(['goAway', 'fallSilent'] as const)(
    'hold per process while Redis is away (%s), and no request fails',
    async (trouble) => {
      await using redis = await aRedis()
      const address = new URL(redis.url)
      await using proxy = await aTcpProxy(Number(address.port))
      address.port = String(proxy.port)
      await using list = await aList({ redisUrl: address.href, env: { LIST_BURST_LIMIT: '3' } })
      expect(await ask(list, 1)).toEqual([200])
      expect(await redis.client.dbsize()).toBe(3)

      proxy[trouble]()
      const codes = await ask(list, 6)

      expect([count(codes, 200), count(codes, 429)]).toEqual([3, 3])
    },
  )

  test('hold per process from the start when there is no Redis at the address', async () => {
    await using list = await aList({ redisUrl: 'redis://127.0.0.1:1', env: { LIST_BURST_LIMIT: '3' } })

    const codes = await ask(list, 6)

    expect([count(codes, 200), count(codes, 429)]).toEqual([3, 3])
    expect(list.complaints.length).toBeGreaterThan(0)
  })
})

describe('a flood without a good key', () => {
  const env = { LIST_ADDRESS_LIMIT: '5' }

  test.each([
    ['no key', () => ({})],
    ['junk', () => ({ authorization: 'Bearer pb_live_junk' })],
    ['keys that nobody made', () => ({ authorization: `Bearer ${makeApiKey().plaintext}` })],
  ])('of %s is limited by its address', async (_what, makeHeaders) => {
    await using list = await aList({ env })

    const codes = []
    for (let round = 0; round < 8; round++) codes.push((await list.get(PATH, makeHeaders())).statusCode)

    expect(codes).toEqual([401, 401, 401, 401, 401, 429, 429, 429])
  })

  test('is not even looked up any more', async () => {
    await using list = await aList({ env })
    for (let round = 0; round < 6; round++) await list.get(PATH, {})
    const statements: string[] = []
    list.observe((sql) => statements.push(sql))

    await list.get(PATH, { authorization: `Bearer ${makeApiKey().plaintext}` })

    expect(statements).toEqual([])
  })

  test('does not lock out a key that is in use behind the same address', async () => {
    await using list = await aList({ env })
    await list.get(PATH)

    expect(count(await ask(list, 10, {}), 429)).toBe(5)

    expect((await list.get(PATH)).statusCode).toBe(200)
  })

  test('of addresses that do not exist, and of the documentation, counts too', async () => {
    await using list = await aList({ env })

    const codes = []
    for (const url of ['/a', '/docs', '/openapi.json', '/b', '/c', '/d', '/docs'])
      codes.push((await list.get(url, {})).statusCode)

    expect(codes).toEqual([404, 200, 200, 404, 404, 429, 429])
  })

  test('is told apart by the address that a trusted proxy reports, and only by its', async () => {
    await using trusting = await aList({ env: { ...env, LIST_TRUSTED_PROXIES: '127.0.0.0/8' } })
    await using other = await aList({ env })
    const from = (address: string) => ({ 'x-forwarded-for': address })

    expect(count(await ask(trusting, 6, from('203.0.113.1')), 429)).toBe(1)
    expect(await ask(trusting, 1, from('203.0.113.2'))).toEqual([401])
    expect(count(await ask(other, 6, from('203.0.113.1')), 429)).toBe(1)
    expect(await ask(other, 1, from('203.0.113.2'))).toEqual([429])
  })

  test('from one IPv6 network is one flood', async () => {
    await using list = await aList({ env: { ...env, LIST_TRUSTED_PROXIES: '127.0.0.0/8' } })

    const codes = []
    for (let host = 1; host <= 7; host++)
      codes.push(...(await ask(list, 1, { 'x-forwarded-for': `2001:db8:0:1::${host}` })))

    expect(count(codes, 429)).toBe(2)
    expect(await ask(list, 1, { 'x-forwarded-for': '2001:db8:0:2::1' })).toEqual([401])
  })
})

describe('a key', () => {
  test('that is revoked is refused by every replica with its next request', async () => {
    await using database = await aDatabase()
    await using one = await aList({ database })
    await using two = await aList({ database })
    const headers = { authorization: one.authorization }
    expect([...(await ask(one, 1, headers)), ...(await ask(two, 1, headers))]).toEqual([200, 200])

    await database.query('update api_keys set revoked_at = now() where prefix = $1', [
      headers.authorization.slice(15, 23),
    ])

    expect([...(await ask(one, 1, headers)), ...(await ask(two, 1, headers))]).toEqual([401, 401])
  })

  test('has its last use noted, and not with every request', async () => {
    await using list = await aList()
    const lastUse = () => list.database.query('select last_used_at from api_keys where last_used_at is not null')

    await ask(list, 5)
    await vi.waitFor(async () => expect(await lastUse()).toHaveLength(1))
    const noted = await lastUse()
    const statements: string[] = []
    list.observe((sql) => statements.push(sql))
    await ask(list, 5)

    expect(await lastUse()).toEqual(noted)
    expect(statements.filter((sql) => sql.startsWith('update'))).toEqual([])
    await list.database.query("update api_keys set last_used_at = now() - interval '2 minutes'")
    await ask(list, 1)
    await vi.waitFor(async () => expect(await lastUse()).not.toEqual(noted))
  })

  test('is answered when its use cannot be noted', async () => {
    await using list = await aList()
    await list.database.query('revoke update (last_used_at) on api_keys from token_refresh_worker_list')

    expect(await ask(list, 1)).toEqual([200])
    await vi.waitFor(() => expect(list.complaints).toHaveLength(1))
  })
})
