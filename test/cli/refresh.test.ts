import { randomBytes } from 'node:crypto'
import { describe, expect, test, vi } from 'vitest'
import { aLine } from '../fixtures/account.ts'
import { aDatabase, type TestDatabase } from '../fixtures/database.ts'
import { aPlatformServer, type PlatformServer } from '../fixtures/platform-server.ts'
import { type Running, run, start } from '../fixtures/process.ts'
import { aStrictX } from '../fixtures/strict-x.ts'

const KEYS = `k1:${randomBytes(32).toString('base64')}`

const settings = (database: TestDatabase, platform?: PlatformServer) => ({
  DATABASE_URL: database.url,
  TOKEN_ENCRYPTION_KEYS: KEYS,
  X_BASE_URL: platform?.origin ?? '',
  X_CLIENT_ID: 'client',
  PORT: '0',
  SCAN_INTERVAL_MS: '200',
})

/** Imports X accounts in the middle of their tokens' lives; returns their ids. */
async function importX(env: Record<string, string>, refreshTokens: readonly string[], members = {}): Promise<string[]> {
  const lines = refreshTokens.map((refreshToken) => JSON.stringify(aLine(members, { refreshToken })))
  const { stdout } = await run(['accounts', 'import', '-'], { env, input: lines.join('\n') })
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).id)
}

const tokensOf = (name: string, count: number) => Array.from({ length: count }, (_, at) => `${name}-${at}`)

async function aRunningDaemon(env: Record<string, string>): Promise<Running> {
  const daemon = start(['daemon'], { env })
  await vi.waitFor(() => expect(daemon.stdout()).toContain('the daemon runs'), 30_000)
  return daemon
}

describe('refresh by a filter', () => {
  test('twice at once beside a daemon refreshes nobody twice, and both wait for all', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    const good = tokensOf('good', 60)
    const x = aStrictX(good)
    platform.answerAll(x.answer)
    const env = settings(database, platform)
    await importX(env, [...good, ...tokensOf('dead', 3)])
    await using one = start(['refresh', '--platform', 'X', '--wait', '--json'], { env })
    await using other = start(['refresh', '--platform', 'X', '--wait', '--json'], { env })
    await vi.waitFor(() => {
      for (const command of [one, other]) expect(command.stderr()).toContain('Made ')
    }, 30_000)

    await using _daemon = await aRunningDaemon(env)
    const both = await Promise.all([one.ended, other.ended])
    const again = await run(['refresh', '--all', '--wait'], { env })

    expect([...x.shown.values()].every((times) => times === 1)).toBe(true)
    expect(x.shown.size).toBe(63)
    for (const { code, stdout, stderr } of both) {
      expect(code).toBe(1)
      expect(stderr).toContain('3 of 63 did not renew.')
      const { outcomes, waiting, accounts, unlisted } = JSON.parse(stdout)
      expect({ outcomes, waiting, unlisted }).toEqual({
        outcomes: { renewed: 60, token_expired: 3 },
        waiting: 0,
        unlisted: 0,
      })
      expect(accounts).toHaveLength(3)
      expect(accounts[0]).toMatchObject({ platform: 'X', outcome: 'token_expired', code: 'invalid_request' })
    }
    expect(again).toMatchObject({ code: 0, stdout: '' })
    expect(again.stderr).toBe('Made 0 due. Left alone: 60 that were renewed within 5 minutes.\n')
    expect(await database.query('select distinct trigger from refresh_attempts')).toEqual([{ trigger: 'operator' }])
  })

  test('heals what the platform called dead, when it is alive after all', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    platform.answerAll(aStrictX(['alive']).answer)
    const env = settings(database, platform)
    await importX(env, ['alive', 'dead'])
    await database.query(
      "update social_accounts set status = 'TOKEN_EXPIRED', token_expires_at = now(), last_refresh_error = 'x'",
    )
    await database.query('update refresh_schedule set due_at = null, renewable = false, deadline_at = now()')
    await using _daemon = await aRunningDaemon(env)

    const ran = await run(['refresh', '--status', 'TOKEN_EXPIRED', '--wait'], { env })

    expect(ran.stdout).toMatch(
      /^OUTCOME +ACCOUNTS\nrenewed +1\ntoken_expired +1\n\nID .*\nsoc_\w+ .*Reconnect the account. \(invalid_request\)\n$/,
    )
    expect(ran).toMatchObject({ code: 1, stderr: 'Made 2 due.\n1 of 2 did not renew.\n' })
    expect(
      await database.query('select status, last_refresh_error from social_accounts order by status'),
    ).toMatchObject([{ status: 'ACTIVE', last_refresh_error: null }, { status: 'TOKEN_EXPIRED' }])
  })

  test('only counts with --dry-run', async () => {
    await using database = await aDatabase()
    const env = settings(database)
    await importX(env, ['one', 'two'])
    const before = await database.query('select * from refresh_schedule order by account_id')

    const table = await run(['refresh', '--all', '--dry-run'], { env })
    const json = await run(['refresh', '--workspace', 'ws_1', '--dry-run', '--json'], { env })

    expect(table.stdout).toMatch(/^PLATFORM +ACCOUNTS .*\nX +2 +0\n$/)
    expect(table.stderr).toBe('Would refresh 2. Nothing was changed.\n')
    expect(JSON.parse(json.stdout)).toEqual({
      accounts: 2,
      platforms: [{ platform: 'X', accounts: 2, renewedRecently: 0 }],
    })
    expect(await database.query('select * from refresh_schedule order by account_id')).toEqual(before)
  })

  test('leaves the work when the waiting is interrupted, and says how to look', async () => {
    await using database = await aDatabase()
    const env = settings(database)
    await importX(env, ['one', 'two'])

    await using waiting = start(['refresh', '--all', '--wait'], { env })
    await vi.waitFor(() => expect(waiting.stderr()).toContain('Made 2 due.'), 20_000)
    waiting.signal('SIGINT')
    const { code, stderr } = await waiting.ended

    expect(code).toBe(1)
    expect(stderr).toContain('Stopped waiting for 2: they are refreshed all the same. See: npm run -s cli -- status')
    expect(
      await database.query('select from refresh_schedule where due_at <= now() and requested_at <= now()'),
    ).toHaveLength(2)
  })

  test('does not wait for an account that was disconnected meanwhile', async () => {
    await using database = await aDatabase()
    const env = settings(database)
    const [id = ''] = await importX(env, ['one'])

    await using waiting = start(['refresh', '--all', '--wait'], { env })
    await vi.waitFor(() => expect(waiting.stderr()).toContain('Made 1 due.'), 20_000)
    await run(['accounts', 'disconnect', id], { env })

    expect(await waiting.ended).toMatchObject({ code: 1, stdout: expect.stringMatching(/disconnected +1/) })
  })
})

describe('refresh by ids', () => {
  test('heals a REVOKED account on success', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    platform.answerAll(aStrictX(['alive']).answer)
    const env = { ...settings(database, platform), SCAN_INTERVAL_MS: '60000' }
    const [id = ''] = await importX(env, ['alive'])
    await database.query("update social_accounts set status = 'REVOKED'")
    await database.query('update refresh_schedule set due_at = null')
    await using _daemon = await aRunningDaemon(env)

    expect(await run(['refresh', id, '--wait'], { env })).toMatchObject({
      code: 0,
      stderr: 'Queued 1, ahead of scheduled work.\n',
    })
    expect(await database.query('select status from social_accounts')).toEqual([{ status: 'ACTIVE' }])
  })

  test('says which platform is left alone, and counts with --dry-run', async () => {
    await using database = await aDatabase()
    const env = { ...settings(database), X_CLIENT_ID: '' }
    const [id = ''] = await importX(env, ['one'])

    expect((await run(['refresh', id], { env })).stderr).toContain('X_CLIENT_ID is not set here')
    expect(await run(['refresh', id, '--dry-run'], { env })).toMatchObject({
      stderr: 'Would refresh 1. Nothing was changed.\n',
    })
  })
})
