import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { PRETENDS } from '../../src/simulator/pretends.ts'
import { aDueLine } from '../fixtures/account.ts'
import { aDatabase, type TestDatabase } from '../fixtures/database.ts'
import { aPlatformServer, type PlatformServer } from '../fixtures/platform-server.ts'
import { run, start } from '../fixtures/process.ts'
import { aRedis, backends, isMissing } from '../fixtures/redis.ts'
import { aStrictX } from '../fixtures/strict-x.ts'
import { aTcpProxy } from '../fixtures/tcp-proxy.ts'

const KEYS = `k1:${randomBytes(32).toString('base64')}`

const settings = (database: TestDatabase, platform: PlatformServer, redisUrl = '') => ({
  DATABASE_URL: database.url,
  REDIS_URL: redisUrl,
  TOKEN_ENCRYPTION_KEYS: KEYS,
  X_BASE_URL: platform.origin,
  X_CLIENT_ID: 'client',
  X_CLIENT_SECRET: 'CANARY-secret',
  PORT: '0',
  SCAN_INTERVAL_MS: '200',
  LIST_DRAIN_MS: '0',
})

const importDue = (env: Record<string, string>, ...refreshTokens: string[]) =>
  run(['accounts', 'import', '-'], {
    env,
    input: refreshTokens.map((refreshToken) => `${JSON.stringify(aDueLine({}, { refreshToken }))}\n`).join(''),
  })

const listUrlOf = (log: string) => /"listUrl":"(http[^"]+)"/.exec(log)?.[1]

describe.skipIf(isMissing('redis'))('a daemon whose Redis has gone', () => {
  test.each(['goAway', 'fallSilent'] as const)(
    '(%s) finishes what it has sent, and ends with code 0 on SIGTERM',
    async (trouble) => {
      await using database = await aDatabase()
      await using platform = await aPlatformServer()
      await using server = await aRedis()
      const { port, pathname } = new URL(server.url)
      await using proxy = await aTcpProxy(Number(port))
      const env = settings(database, platform, `redis://127.0.0.1:${proxy.port}${pathname}`)
      await importDue(env, 'token')
      platform.answerAll(aStrictX(['token'], { delayMs: 1500 }).answer)

      await using daemon = start(['daemon'], { env })
      await vi.waitFor(() => expect(platform.arrived).toHaveLength(1), 30_000)
      proxy[trouble]()
      daemon.signal('SIGTERM')

      expect(await daemon.ended).toMatchObject({ code: 0 })
      expect(await database.query('select version from account_credentials')).toEqual([{ version: 2 }])
    },
  )
})

describe.each(backends)('the daemon as a process, with its queue in $backend', ({ backend, redis }) => {
  test.skipIf(isMissing(backend))('refreshes, shows it in the list, and ends with code 0 on SIGTERM', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    await using server = await redis()
    const env = settings(database, platform, server?.url)
    await importDue(env, 'CANARY-token')
    platform.answerAll(aStrictX(['CANARY-token']).answer)
    const key = (await run(['keys', 'create', '--name', 'test'], { env })).stdout.trim()

    await using daemon = start(['daemon'], { env })
    // The first account may be renewed before the list listens.
    await vi.waitFor(() => {
      expect(daemon.stdout()).toContain('"outcome":"renewed"')
      expect(listUrlOf(daemon.stdout())).toBeDefined()
    }, 30_000)
    const list = await fetch(`${listUrlOf(daemon.stdout())}/api/v1/social-accounts`, {
      headers: { authorization: `Bearer ${key}` },
    })
    expect(await list.json()).toMatchObject([{ platform: 'X', status: 'ACTIVE', lastRefreshedAt: expect.any(String) }])
    daemon.signal('SIGTERM')

    const { code, stdout, stderr } = await daemon.ended
    expect(code).toBe(0)
    expect(stderr).toBe('')
    expect(stdout).not.toContain('CANARY')
    for (const line of stdout.trim().split('\n'))
      expect(JSON.parse(line)).toMatchObject({ level: expect.any(String), time: expect.any(String) })
  })

  test.skipIf(isMissing(backend))('lets a request that was sent finish and commit before it ends', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    await using server = await redis()
    const env = settings(database, platform, server?.url)
    await importDue(env, 'token')
    platform.answerAll(aStrictX(['token'], { delayMs: 1500 }).answer)

    await using daemon = start(['daemon'], { env })
    await vi.waitFor(() => expect(platform.arrived).toHaveLength(1), 30_000)
    daemon.signal('SIGINT')

    expect(await daemon.ended).toMatchObject({ code: 0 })
    expect(await database.query('select version from account_credentials')).toEqual([{ version: 2 }])
  })

  test.skipIf(isMissing(backend))(
    'ends at once on a second signal, and the account is settled by the next daemon',
    async () => {
      await using database = await aDatabase()
      await using platform = await aPlatformServer()
      await using server = await redis()
      const env = settings(database, platform, server?.url)
      await importDue(env, 'token')
      platform.answerAll(() => {})

      await using daemon = start(['daemon'], { env })
      await vi.waitFor(() => expect(platform.arrived).toHaveLength(1), 30_000)
      daemon.signal('SIGTERM')
      await vi.waitFor(() => expect(daemon.stdout()).toContain('stopping'), 10_000)
      daemon.signal('SIGTERM')
      expect((await daemon.ended).code).toBe(1)
      // As if the lease were over.
      await database.query('update refresh_schedule set leased_until = now(), due_at = now()')

      await using next = start(['daemon'], { env })
      await vi.waitFor(() => expect(next.stdout()).toContain('"code":"interrupted"'), 30_000)
      expect(await database.query('select outcome from refresh_attempts')).toEqual([{ outcome: 'in_doubt' }])
      expect(await database.query('select status from social_accounts')).toEqual([{ status: 'ACTIVE' }])
      expect(platform.arrived).toHaveLength(1)
    },
  )
})

describe('an operator', () => {
  test('refreshes accounts by their ids, waits, and sees what came of it', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    const env = { ...settings(database, platform), SCAN_INTERVAL_MS: '60000' }
    await using _daemon = start(['daemon'], { env })
    await vi.waitFor(() => expect(_daemon.stdout()).toContain('the daemon runs'), 30_000)
    const imported = await importDue(env, 'good', 'bad')
    const [good, bad] = imported.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).id)
    platform.answerAll(aStrictX(['good']).answer)

    const ran = await run(['refresh', good, bad, '--wait'], { env })
    expect(ran.code).toBe(1)
    expect(ran.stdout).toMatch(new RegExp(`${good}.*renewed`))
    expect(ran.stdout).toMatch(new RegExp(`${bad}.*token_expired.*reconnect it before then`))
    expect(ran.stderr).toContain('1 of 2 did not renew.')

    const json = await run(['refresh', good, '--wait', '--json'], { env })
    expect(json.code).toBe(0)
    expect(JSON.parse(json.stdout)).toMatchObject({
      outcomes: { renewed: 1 },
      accounts: [{ accountId: good, outcome: 'renewed', error: null }],
    })
    expect(await database.query('select distinct trigger from refresh_attempts')).toEqual([{ trigger: 'operator' }])

    expect(await run(['refresh', good, 'soc_unknown'], { env })).toMatchObject({
      code: 1,
      stderr: 'There is no connected account soc_unknown. Nothing was queued.\n',
    })
  })

  test('sees on one screen how the accounts stand', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    const env = settings(database, platform)
    await importDue(env, 'one', 'two')
    await database.query(
      "insert into platform_states (app, paused_until, reason) values ('X', now() + interval '5 min', 'app_misconfigured')",
    )

    const screen = await run(['status'], { env })
    expect(screen.stdout).toMatch(/^X +2 +0 +0 +2 +0 .*paused until .*: app_misconfigured$/m)
    expect(screen.stdout).toContain('Last scan: never. Start a daemon.')
    const json = JSON.parse((await run(['status', '--json'], { env })).stdout)
    expect(json).toMatchObject({
      platforms: [{ platform: 'X', active: 2, due: 2, overdue: 0 }],
      paused: [{ app: 'X' }],
      lastScanAt: null,
    })
  })
})

describe('without any setting', () => {
  test('the daemon brings its own database, says what to do next, and leaves nothing running', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'token-refresh-worker-'))
    const env = { DATA_DIR: dataDir, PORT: '0' }
    try {
      await using daemon = start(['daemon'], { env })
      await vi.waitFor(() => expect(daemon.stderr()).toContain('Connect accounts'), 60_000)
      const key = (await run(['keys', 'create', '--name', 'me'], { env })).stdout.trim()
      const imported = await run(['accounts', 'import', '-'], { env, input: `${JSON.stringify(aDueLine())}\n` })
      expect(imported.stderr).toContain('X_CLIENT_ID is not set')
      const list = await fetch(`${listUrlOf(daemon.stdout())}/api/v1/social-accounts`, {
        headers: { authorization: `Bearer ${key}` },
      })
      expect(await list.json()).toHaveLength(1)
      daemon.signal('SIGINT')
      expect((await daemon.ended).code).toBe(0)

      expect(await run(['status'], { env })).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('start the daemon first'),
      })
    } finally {
      await rm(dataDir, { recursive: true, force: true })
    }
  })
})

/** What all pretend platforms give out looks like that. */
const PRETEND_TOKEN = /(xa_|xr_|AQX|AQW|IGAA|THAA|pina_|pinr\.|ya29\.|1\/\/|act\.|rft\.|ba_|ref-|EAA|eyJ)[\w-]{28,}/

describe('the demo', () => {
  test('renews pretend accounts of every pretend platform and ends cleanly', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'token-refresh-worker-'))
    try {
      await using demo = start(['demo'], { env: { DATA_DIR: dataDir, PORT: '0' } })
      await vi.waitFor(() => {
        for (const { platform } of PRETENDS) expect(demo.stdout()).toMatch(new RegExp(`  ${platform} .* renewed `))
      }, 55_000)
      const [, key = ''] = /API key +(pb_live_\w{32})/.exec(demo.stdout()) ?? []
      const [, url = ''] = /List of accounts +(\S+)/.exec(demo.stdout()) ?? []
      const list = await fetch(url, { headers: { authorization: `Bearer ${key}` } })
      expect(await list.json()).toHaveLength(PRETENDS.length * 4)
      demo.signal('SIGINT')

      const { code, stdout, stderr } = await demo.ended
      expect(code).toBe(0)
      expect(stdout).toMatch(/Stopped, and nothing is left running. Attempts: \d+ renewed.*\.\n$/)
      expect(stdout).not.toMatch(PRETEND_TOKEN)
      expect(stderr).toBe('Starting an embedded PostgreSQL, pretend platforms and the daemon …\n')
    } finally {
      await rm(dataDir, { recursive: true, force: true })
    }
  })
})
