import { describe, expect, test, vi } from 'vitest'
import { aDueLine, aLine, connect } from './fixtures/account.ts'
import { aDaemon } from './fixtures/daemon.ts'
import { aDatabase, type TestDatabase } from './fixtures/database.ts'
import { aPlatformServer } from './fixtures/platform-server.ts'
import { backends, isMissing } from './fixtures/redis.ts'
import { aStrictX } from './fixtures/strict-x.ts'
import { aVault } from './fixtures/vault.ts'

const count = async (database: TestDatabase, condition: string): Promise<number> => {
  const [row] = await database.query<{ count: number }>(
    `select count(*)::integer as count from social_accounts a
     left join refresh_schedule s on s.account_id = a.id left join account_credentials c on c.account_id = a.id
     where ${condition}`,
  )
  return row?.count ?? 0
}

describe.each(backends)('a daemon with its queue in $backend', ({ backend, redis }) => {
  test.skipIf(isMissing(backend))('refreshes what is due and leaves the rest alone', async () => {
    await using database = await aDatabase()
    await using server = await redis()
    await using platform = await aPlatformServer()
    const vault = aVault()
    const [due = ''] = await connect(
      database,
      vault,
      aDueLine({}, { refreshToken: 'one' }),
      aLine({}, { refreshToken: 'two' }),
    )
    platform.answerAll(aStrictX(['one', 'two']).answer)

    await using _daemon = await aDaemon({ database, vault, origin: platform.origin, redisUrl: server?.url ?? null })
    await vi.waitFor(async () => expect(await count(database, 'last_refreshed_at is not null')).toBe(1), 20_000)

    expect(await database.query('select id, status from social_accounts where last_refreshed_at is not null')).toEqual([
      { id: due, status: 'ACTIVE' },
    ])
    expect(platform.arrived).toHaveLength(1)
  })

  test.skipIf(isMissing(backend))('keeps accounts fresh over and over, with the rotated tokens', async () => {
    await using database = await aDatabase()
    await using server = await redis()
    await using platform = await aPlatformServer()
    const vault = aVault()
    await connect(database, vault, aDueLine({}, { refreshToken: 'one' }), aDueLine({}, { refreshToken: 'two' }))
    const x = aStrictX(['one', 'two'], { lifetimeS: 2 })
    platform.answerAll(x.answer)

    await using _daemon = await aDaemon({ database, vault, origin: platform.origin, redisUrl: server?.url ?? null })
    await vi.waitFor(async () => expect(await count(database, 'version >= 4')).toBe(2), 30_000)

    expect([...x.shown.values()].every((times) => times === 1)).toBe(true)
    expect(await count(database, "status = 'ACTIVE' and last_refresh_error is null")).toBe(2)
  })

  test.skipIf(isMissing(backend))('two at once present each of 200 single-use tokens once', async () => {
    await using database = await aDatabase()
    await using server = await redis()
    await using platform = await aPlatformServer()
    const vault = aVault()
    const tokens = Array.from({ length: 200 }, (_, number) => `refresh-${number}`)
    await connect(database, vault, ...tokens.map((refreshToken) => aDueLine({}, { refreshToken })))
    const x = aStrictX(tokens, { delayMs: 5 })
    platform.answerAll(x.answer)

    const options = { database, vault, origin: platform.origin, redisUrl: server?.url ?? null }
    await using _one = await aDaemon({ ...options, worker: 'one' })
    await using _two = await aDaemon({ ...options, worker: 'two' })
    await vi.waitFor(async () => expect(await count(database, 'version = 2')).toBe(200), 40_000)

    expect(tokens.map((token) => x.shown.get(token))).toEqual(tokens.map(() => 1))
    expect(x.shown.size).toBe(200)
    const outcomes = await database.query(
      'select outcome, count(*)::integer as count from refresh_attempts group by outcome',
    )
    expect(outcomes).toEqual([{ outcome: 'renewed', count: 200 }])
    const workers = await database.query<{ worker: string }>(
      'select distinct worker from refresh_attempts order by worker',
    )
    expect(workers.map(({ worker }) => worker)).toEqual(['one', 'two'])
  })

  test.skipIf(isMissing(backend))('lets every sent request finish and commit before it has stopped', async () => {
    await using database = await aDatabase()
    await using server = await redis()
    await using platform = await aPlatformServer()
    const vault = aVault()
    await connect(database, vault, ...['a', 'b', 'c'].map((refreshToken) => aDueLine({}, { refreshToken })))
    const x = aStrictX(['a', 'b', 'c'], { delayMs: 1000 })
    platform.answerAll(x.answer)

    const daemon = await aDaemon({ database, vault, origin: platform.origin, redisUrl: server?.url ?? null })
    await vi.waitFor(() => expect(platform.arrived).toHaveLength(3), 20_000)
    await daemon[Symbol.asyncDispose]()

    expect(await count(database, 'version = 2 and lease_id is null and attempt_id is null')).toBe(3)
  })

  test.skipIf(isMissing(backend))('with a wrong secret costs a handful of requests and no account', async () => {
    await using database = await aDatabase()
    await using server = await redis()
    await using platform = await aPlatformServer()
    const vault = aVault()
    const tokens = Array.from({ length: 30 }, (_, number) => `refresh-${number}`)
    await connect(database, vault, ...tokens.map((refreshToken) => aDueLine({}, { refreshToken })))
    const x = aStrictX(tokens, { delayMs: 20 })
    platform.answerAll({ status: 401, body: { error: 'unauthorized_client' } })

    await using _daemon = await aDaemon({ database, vault, origin: platform.origin, redisUrl: server?.url ?? null })
    await vi.waitFor(async () => expect(await database.query('select from platform_states')).toHaveLength(1), 20_000)
    await vi.waitFor(async () => expect(await count(database, 's.lease_id is not null')).toBe(0))
    expect(platform.arrived.length).toBeLessThanOrEqual(4)
    expect(await count(database, "a.status = 'ACTIVE'")).toBe(30)

    // The secret is right again, and the pause and the waits are over.
    platform.answerAll(x.answer)
    await database.query('update refresh_schedule set due_at = now()')
    const endPause = `update platform_states set paused_until = now() - interval '1 s', since = now() - interval '1 h'
      where paused_until > now()`
    await vi.waitFor(async () => {
      // More than once: an attempt gives its lease back before it pauses the app.
      await database.query(endPause)
      expect(await count(database, 'version = 2')).toBe(30)
    }, 30_000)

    expect(await database.query('select from platform_states')).toHaveLength(0)
    expect([...x.shown.values()].every((times) => times === 1)).toBe(true)
  })
})
