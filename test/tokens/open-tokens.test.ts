import { describe, expect, test } from 'vitest'
import { openTokens, ReconnectRequired, TemporarilyUnavailable } from '../../src/tokens/open-tokens.ts'
import { openVault } from '../../src/vault.ts'
import { aLine, connect } from '../fixtures/account.ts'
import { aDaemon } from '../fixtures/daemon.ts'
import { aDatabase, type TestDatabase } from '../fixtures/database.ts'
import { aPlatformServer } from '../fixtures/platform-server.ts'
import { backends, isMissing } from '../fixtures/redis.ts'
import { aStrictX } from '../fixtures/strict-x.ts'
import { aKey } from '../fixtures/vault.ts'

const KEY = aKey()
const encryptionKeys = `${KEY.kid}:${KEY.key.toString('base64')}`
const vault = openVault([KEY])

function aTokens(database: TestDatabase, redisUrl: string | null = null) {
  const tokens = openTokens({ databaseUrl: database.url, encryptionKeys, redisUrl })
  return { ...tokens, [Symbol.asyncDispose]: () => tokens.close() }
}

/** An account whose access token ended a moment ago, and of which the scan is not to hear. */
async function anExpired(database: TestDatabase, refreshToken = 'alive'): Promise<string> {
  const [id = ''] = await connect(database, vault, aLine({}, { refreshToken, accessToken: 'old' }))
  await database.query("update social_accounts set token_expires_at = now() - interval '1 s'")
  return id
}

const statusOf = async (database: TestDatabase) =>
  (await database.query<{ status: string }>('select status from social_accounts'))[0]?.status

describe.each(backends)('a publisher, with the queue in $backend', ({ backend, redis }) => {
  test.skipIf(isMissing(backend))('gets one fresh token with one request, however many ask', async () => {
    await using database = await aDatabase()
    await using server = await redis()
    await using platform = await aPlatformServer()
    const x = aStrictX(['alive'], { delayMs: 200 })
    platform.answerAll(x.answer)
    const id = await anExpired(database)
    const redisUrl = server?.url ?? null
    await using _daemon = await aDaemon({ database, vault, origin: platform.origin, redisUrl })
    await using one = aTokens(database, redisUrl)
    await using other = aTokens(database, redisUrl)

    const asked = [one, other, one, one, other].map((tokens) => tokens.getAccessToken(id))
    const tokens = new Set(await Promise.all(asked))

    expect(tokens.size).toBe(1)
    expect([...tokens][0]).toMatch(/^access-/)
    expect(platform.arrived).toHaveLength(1)
    expect(await one.getAccessToken(id)).toBe([...tokens][0])
    expect(platform.arrived).toHaveLength(1)
  })
})

describe('an access token', () => {
  test('that is valid for long enough is read, and nothing is asked', async () => {
    await using database = await aDatabase()
    const [id = ''] = await connect(database, vault, aLine({}, { accessToken: 'stored' }))
    await using tokens = aTokens(database)

    expect(await tokens.getAccessToken(id, { minValidMs: 50 * 60_000 })).toBe('stored')
    expect(await database.query('select from bullmq.job')).toEqual([])
  })

  test('is as long as it can be when more is wanted than there is', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    platform.answerAll(aStrictX(['alive']).answer)
    const id = await anExpired(database)
    await using _daemon = await aDaemon({ database, vault, origin: platform.origin, redisUrl: null })
    await using tokens = aTokens(database)
    const wish = { minValidMs: 30 * 86_400_000 }

    const token = await tokens.getAccessToken(id, wish)

    expect(await tokens.getAccessToken(id, wish)).toBe(token)
    expect(platform.arrived).toHaveLength(1)
  })

  test('of a dead grant is refused: the owner has to help', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    platform.answerAll(aStrictX([]).answer)
    const id = await anExpired(database, 'dead')
    await using _daemon = await aDaemon({ database, vault, origin: platform.origin, redisUrl: null })
    await using tokens = aTokens(database)

    const error = await tokens.getAccessToken(id).catch((caught) => caught)

    expect(error).toBeInstanceOf(ReconnectRequired)
    expect(error).toMatchObject({
      accountId: id,
      status: 'TOKEN_EXPIRED',
      message: expect.stringContaining('Reconnect the account.'),
    })
    await expect(tokens.getAccessToken(id)).rejects.toBeInstanceOf(ReconnectRequired)
    await expect(tokens.getAccessToken('soc_nobody')).rejects.toMatchObject({ status: 'DISCONNECTED' })
    expect(platform.arrived).toHaveLength(1)
  })

  test('is not there while its platform is down, and many who ask are one request', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    platform.answerAll({ status: 503 })
    const id = await anExpired(database)
    await using _daemon = await aDaemon({ database, vault, origin: platform.origin, redisUrl: null })
    await using tokens = aTokens(database)

    const error = await tokens.getAccessToken(id).catch((caught) => caught)
    await expect(tokens.getAccessToken(id)).rejects.toBeInstanceOf(TemporarilyUnavailable)

    expect(error).toMatchObject({ name: 'TemporarilyUnavailable', reason: 'transient', retryAt: expect.any(Date) })
    expect(error.message).toContain('no reconnect is needed')
    expect(platform.arrived).toHaveLength(1)
    expect(await statusOf(database)).toBe('ACTIVE')
  })

  test('is not waited for longer than wished, nor while its platform is paused', async () => {
    await using database = await aDatabase()
    const id = await anExpired(database)
    await using tokens = aTokens(database)

    await expect(tokens.getAccessToken(id, { timeoutMs: 100 })).rejects.toMatchObject({ reason: 'timeout' })
    await database.query(
      "insert into platform_states (app, paused_until, reason) values ('X', '9999-12-31 00:00Z', 'by an operator')",
    )
    await using other = aTokens(database)

    await expect(other.getAccessToken(id)).rejects.toMatchObject({
      reason: 'paused',
      retryAt: null,
      message: 'X is paused: by an operator',
    })
  })

  test('that does not open is our trouble and not the owner’s', async () => {
    await using database = await aDatabase()
    const [id = ''] = await connect(database, openVault([aKey('other')]), aLine())
    await using tokens = aTokens(database)

    await expect(tokens.getAccessToken(id)).rejects.toMatchObject({
      name: 'TemporarilyUnavailable',
      reason: 'unreadable',
    })
  })
})

describe('a token that the platform has rejected', () => {
  test('is no longer the stored one: that one is given', async () => {
    await using database = await aDatabase()
    const [id = ''] = await connect(database, vault, aLine({}, { accessToken: 'newer' }))
    await using tokens = aTokens(database)

    expect(await tokens.reportRejected(id, 'older')).toBe('newer')
    expect(await database.query('select from bullmq.job')).toEqual([])
  })

  test('is replaced by a fresh one, with one request for all who report it', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    platform.answerAll(aStrictX(['alive'], { delayMs: 200 }).answer)
    const [id = ''] = await connect(database, vault, aLine({}, { accessToken: 'good-by-date', refreshToken: 'alive' }))
    await using _daemon = await aDaemon({ database, vault, origin: platform.origin, redisUrl: null })
    await using tokens = aTokens(database)

    const fresh = await Promise.all([1, 2, 3].map(() => tokens.reportRejected(id, 'good-by-date')))

    expect(new Set(fresh).size).toBe(1)
    expect(fresh[0]).toMatch(/^access-/)
    expect(platform.arrived).toHaveLength(1)
  })

  test('ends the account when the grant is dead too, whatever the token’s date says', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    platform.answerAll(aStrictX([]).answer)
    const [id = ''] = await connect(database, vault, aLine({}, { accessToken: 'good-by-date', refreshToken: 'dead' }))
    await using _daemon = await aDaemon({ database, vault, origin: platform.origin, redisUrl: null })
    await using tokens = aTokens(database)

    await expect(tokens.reportRejected(id, 'good-by-date')).rejects.toMatchObject({
      name: 'ReconnectRequired',
      status: 'TOKEN_EXPIRED',
    })
    expect(await statusOf(database)).toBe('TOKEN_EXPIRED')
    expect(await database.query('select due_at from refresh_schedule')).toEqual([{ due_at: null }])
  })

  test('changes nothing while the platform is down', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    platform.answerAll({ status: 500 })
    const [id = ''] = await connect(database, vault, aLine({}, { accessToken: 'good-by-date' }))
    await using _daemon = await aDaemon({ database, vault, origin: platform.origin, redisUrl: null })
    await using tokens = aTokens(database)

    await expect(tokens.reportRejected(id, 'good-by-date')).rejects.toMatchObject({ reason: 'transient' })
    expect(await statusOf(database)).toBe('ACTIVE')
  })
})

describe('openTokens', () => {
  test('takes an environment', async () => {
    await using database = await aDatabase()
    const [id = ''] = await connect(database, vault, aLine({}, { accessToken: 'stored' }))
    const tokens = openTokens({ env: { DATABASE_URL: database.url, TOKEN_ENCRYPTION_KEYS: encryptionKeys } })

    expect(await tokens.getAccessToken(id)).toBe('stored')
    await tokens.close()
  })

  test('names everything that is wrong with its options, and shows no secret', () => {
    const open = () => openTokens({ databaseUrl: 'mysql://hunter2', encryptionKeys: 'hunter2', redisUrl: 'hunter2' })

    expect(open).toThrow(/databaseUrl .*; redisUrl .*; encryptionKeys /)
    expect(open).not.toThrow('hunter2')
    expect(() => openTokens({ env: {} })).toThrow(TypeError)
  })

  test('says that the database is away', async () => {
    const tokens = openTokens({ databaseUrl: 'postgres://127.0.0.1:1/x', encryptionKeys })

    await expect(tokens.getAccessToken('soc_1')).rejects.toMatchObject({ reason: 'database' })
    await tokens.close()
  })
})
