import { randomBytes } from 'node:crypto'
import { describe, expect, test, vi } from 'vitest'
import { aLine, connect } from '../fixtures/account.ts'
import { aDatabase, type TestDatabase } from '../fixtures/database.ts'
import { run, start } from '../fixtures/process.ts'
import { aRedis, isMissing } from '../fixtures/redis.ts'
import { aVault } from '../fixtures/vault.ts'

const envOf = (database: TestDatabase) => ({ DATABASE_URL: database.url, X_CLIENT_ID: 'client' })

describe('status', () => {
  test('counts what matters, per platform and in all', async () => {
    await using database = await aDatabase()
    const [one, two, three] = await connect(
      database,
      aVault(),
      aLine(),
      aLine(),
      aLine(),
      aLine({ platform: 'INSTAGRAM' }, { refreshToken: undefined }),
    )
    await database.query("update social_accounts set token_expires_at = now() - interval '3 min' where id = $1", [one])
    await database.query("update social_accounts set status = 'REVOKED' where id = $1", [two])
    await database.query('update refresh_schedule set due_at = null where account_id = $1', [two])
    await database.query(
      "update refresh_schedule set in_doubt_at = now(), reconnect_by = now() + interval '13 days' where account_id = $1",
      [three],
    )
    for (const outcome of ['renewed', 'transient', 'not_yet_refreshable']) {
      await database.query(
        "insert into refresh_attempts (account_id, platform, trigger, finished_at, outcome, worker) values ($1, 'X', 'schedule', now(), $2, 'w')",
        [one, outcome],
      )
    }

    const screen = await run(['status'], { env: envOf(database) })
    const json = JSON.parse((await run(['status', '--json'], { env: envOf(database) })).stdout)

    expect(screen.stdout).toMatch(/^X +2 +0 +1 +\d +1 +3 min ago +in 59 min +1 +1 +3 +1 +ok$/m)
    expect(screen.stdout).toMatch(/^all +3 +0 +1 /m)
    expect(screen.stdout).toContain(
      'Last scan: never. Start a daemon.\nQueue:     PostgreSQL; waiting: INSTAGRAM 0, THREADS 0, X 0, BLUESKY 0\nKeys:      k1 seals 4\n',
    )
    expect(json).toMatchObject({
      platforms: [
        { platform: 'INSTAGRAM', active: 1 },
        {
          platform: 'X',
          active: 2,
          revoked: 1,
          overdue: 1,
          inDoubt: 1,
          reconnectSoon: 1,
          attemptsLastHour: 3,
          failuresLastHour: 1,
        },
      ],
      queue: { backend: 'postgresql', waiting: { X: 0 } },
      keys: [{ kid: 'k1', credentials: 4 }],
    })
  })

  test('tells that a key is missing, and that the queue does not answer', async () => {
    await using database = await aDatabase()
    await connect(database, aVault(), aLine())
    const env = {
      ...envOf(database),
      REDIS_URL: 'redis://127.0.0.1:1',
      TOKEN_ENCRYPTION_KEYS: `k2:${randomBytes(32).toString('base64')}`,
    }

    const { code, stdout, stderr } = await run(['status'], { env })

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('Redis, which does not answer; accounts wait in the database')
    expect(stdout).toContain('k1 seals 1, NOT in TOKEN_ENCRYPTION_KEYS')
  })

  test.skipIf(isMissing('redis'))('shows what waits in Redis', async () => {
    await using database = await aDatabase()
    await using redis = await aRedis()
    const env = { ...envOf(database), REDIS_URL: redis.url }
    const [id = ''] = await connect(database, aVault(), aLine())
    await run(['refresh', id], { env })

    expect((await run(['status'], { env })).stdout).toContain(
      'Queue:     Redis; waiting: INSTAGRAM 0, THREADS 0, X 1, BLUESKY 0',
    )
  })

  test('with --watch looks again and again, until it is told to stop', async () => {
    await using database = await aDatabase()

    await using watching = start(['status', '--watch', '--json'], { env: envOf(database) })
    await vi.waitFor(() => expect(watching.stdout().match(/\n/g)).toHaveLength(2), 20_000)
    watching.signal('SIGINT')
    const { code, stdout } = await watching.ended

    expect(code).toBe(0)
    for (const line of stdout.trim().split('\n')) expect(JSON.parse(line)).toMatchObject({ platforms: [] })
  })
})

describe('history', () => {
  test('shows the attempts of an account, the newest first', async () => {
    await using database = await aDatabase()
    const [id = ''] = await connect(database, aVault(), aLine())
    await database.query(
      `insert into refresh_attempts (account_id, platform, trigger, started_at, finished_at, outcome, http_status, error_code, error, worker)
       values ($1, 'X', 'schedule', now() - interval '1 h', now() - interval '1 h' + interval '120 ms', 'transient', 503, 'HTTP 503', 'We try again.', 'w1'),
         ($1, 'X', 'operator', now(), null, null, null, null, null, 'w2')`,
      [id],
    )

    const table = await run(['history', id], { env: envOf(database) })
    const json = await run(['history', id, '--json', '--limit', '1'], { env: envOf(database) })

    expect(table.stderr).toMatch(new RegExp(`^${id}  X  @brand  ACTIVE  token ends .*due `))
    expect(table.stdout.split('\n')[1]).toMatch(/operator +not ended +–/)
    expect(table.stdout.split('\n')[2]).toMatch(/schedule +transient +120 ms +503 +HTTP 503 .* w1 +We try again\.$/)
    expect(JSON.parse(json.stdout)).toMatchObject([{ trigger: 'operator', outcome: null, worker: 'w2' }])
    expect(await run(['history', 'soc_nobody'], { env: envOf(database) })).toMatchObject({
      code: 1,
      stderr: 'There is no account soc_nobody. The accounts list command shows their ids.\n',
    })
    expect((await run(['history', id, '--limit', 'all'], { env: envOf(database) })).code).toBe(2)
  })
})

describe('accounts list', () => {
  test('finds what fails, is overdue, or has to be connected again soon', async () => {
    await using database = await aDatabase()
    const [failing, overdue, ending] = await connect(database, aVault(), aLine(), aLine(), aLine(), aLine())
    await database.query("update refresh_schedule set failing_code = 'invalid_client' where account_id = $1", [failing])
    await database.query('update social_accounts set token_expires_at = now() where id = $1', [overdue])
    await database.query("update refresh_schedule set reconnect_by = now() + interval '5 days' where account_id = $1", [
      ending,
    ])
    const ids = async (...args: string[]) =>
      JSON.parse((await run(['accounts', 'list', '--json', ...args], { env: envOf(database) })).stdout).map(
        ({ id }: { id: string }) => id,
      )

    expect(await ids('--error', 'invalid_client')).toEqual([failing])
    expect(await ids('--overdue')).toEqual([overdue])
    expect(await ids('--reconnect-within', '7')).toEqual([ending])
    expect(await ids('--limit', '2')).toHaveLength(2)
  })

  test('of many accounts takes little memory, as a table and as JSON', async () => {
    await using database = await aDatabase()
    await database.query(
      `insert into social_accounts (id, workspace_id, platform, external_id, handle, scopes, meta)
       select 'soc_' || g, 'ws', 'X', g, '@' || g, '{}', jsonb_build_object('filler', repeat('x', 2000)) from generate_series(1, 30000) g`,
    )
    const options = { env: envOf(database), nodeOptions: ['--max-old-space-size=48'] }

    const json = await run(['accounts', 'list', '--json'], options)
    const table = await run(['accounts', 'list'], options)

    expect(JSON.parse(json.stdout)).toHaveLength(30_000)
    expect(table.stdout.match(/\n/g)).toHaveLength(30_001)
  }, 120_000)
})

describe('platforms', () => {
  const paused = (database: TestDatabase) =>
    database.query("select app, reason, paused_until > now() + interval '1 year' as open from platform_states")

  test('pause and resume an app, also by the name of a platform', async () => {
    await using database = await aDatabase()
    await connect(database, aVault(), aLine())
    const env = envOf(database)

    expect(await run(['platforms', 'pause', 'X', '--reason', 'incident 4711'], { env })).toMatchObject({
      code: 0,
      stderr: 'Paused X (accounts: 1) until: platforms resume X.\n',
    })
    expect(await paused(database)).toEqual([{ app: 'X', reason: 'by an operator: incident 4711', open: true }])
    expect((await run(['status'], { env })).stdout).toMatch(
      /^X .*paused until resumed: by an operator: incident 4711$/m,
    )
    expect(JSON.parse((await run(['status', '--json'], { env })).stdout).paused).toMatchObject([
      { app: 'X', pausedUntil: null },
    ])
    expect(await run(['platforms', 'pause', 'X', '--until', '2h'], { env })).toMatchObject({ code: 0 })
    expect(await paused(database)).toEqual([{ app: 'X', reason: 'by an operator', open: false }])
    expect(await run(['platforms', 'resume', 'X'], { env })).toMatchObject({
      code: 0,
      stderr: 'Resumed X (accounts: 1).\n',
    })
    expect(await paused(database)).toEqual([])
    expect(await run(['platforms', 'resume', 'X'], { env })).toMatchObject({ code: 0, stderr: 'X was not paused.\n' })
  })

  test('resumed after many accounts ended, tries those once more', async () => {
    await using database = await aDatabase()
    const [ended = ''] = await connect(database, aVault(), aLine(), aLine())
    await database.query('update refresh_schedule set due_at = null, renewable = false where account_id = $1', [ended])
    await database.query(
      `insert into refresh_attempts (account_id, platform, trigger, finished_at, outcome, worker)
       values ($1, 'X', 'schedule', now(), 'token_expired', 'w')`,
      [ended],
    )
    await database.query("insert into platform_states values ('X', now() + interval '5 min', 'many_accounts_ended')")

    expect(await run(['platforms', 'resume', 'X'], { env: envOf(database) })).toMatchObject({
      code: 0,
      stderr: 'Resumed X (accounts: 2).\nAccounts that had ended are tried once more: 1.\n',
    })

    expect(await database.query('select account_id from refresh_schedule where due_at <= now() and renewable')).toEqual(
      [{ account_id: ended }],
    )
  })

  test.each([
    [['platforms', 'pause', 'MYSPACE'], 2, 'Allowed choices are'],
    [['platforms', 'pause', 'X', '--until', 'tomorrow'], 1, '"tomorrow" is no moment: use one like'],
    [
      ['platforms', 'pause', 'X', '--until', '2020-01-01T00:00:00Z'],
      1,
      '2020-01-01 00:00:00 UTC has passed. Nothing was paused.',
    ],
  ])('%j is refused', async (args, code, message) => {
    await using database = await aDatabase()

    const ran = await run(args, { env: envOf(database) })

    expect(ran).toMatchObject({ code, stderr: expect.stringContaining(message) })
    expect(await paused(database)).toEqual([])
  })
})
