import { describe, expect, test, vi } from 'vitest'
import { aDatabase } from '../fixtures/database.ts'
import { run, start } from '../fixtures/process.ts'

describe('the command line', () => {
  test.each([
    [['--help']],
    [['daemon', '--help']],
    [['accounts', 'import', '--help']],
    [['refresh', '--help']],
    [['status', '--help']],
    [['history', '--help']],
    [['accounts', 'list', '--help']],
    [['platforms', 'pause', '--help']],
    [['platforms', 'resume', '--help']],
    [['encryption', 'rotate', '--help']],
    [['keys', 'create', '--help']],
    [['webhooks', 'add', '--help']],
    [['webhooks', 'replay', '--help']],
  ])('%j explains itself', async (args) => {
    const ran = await run(args)

    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(ran.stdout).toContain('Usage:')
  })

  test.each([
    [[], 'Usage:'],
    [['nothing'], "unknown command 'nothing'"],
    [['statsu'], 'Did you mean status?'],
    [['refresh'], 'which accounts? Name their ids, or use --platform'],
    [['refresh', 'soc_1', '--all'], 'by their ids or by a filter, not by both'],
    [['refresh', '--status', 'DISCONNECTED'], 'Allowed choices are ACTIVE, TOKEN_EXPIRED, REVOKED'],
    [['refresh', '--al'], 'Did you mean --all?'],
    [['keys', 'create'], "required option '--name <name>' not specified"],
    [['daemon', '--roles', 'worker,king'], 'There is no role "king"'],
    [['simulate', '--port', '70000'], 'A port is a number from 0 to 65535'],
    [['status', '--nonsense'], "unknown option '--nonsense'"],
  ])('%j is wrong usage', async (args, message) => {
    const ran = await run(args)

    expect(ran.code).toBe(2)
    expect(ran.stdout).toBe('')
    expect(ran.stderr).toContain(message)
  })
})

describe('a mistake of the user is explained without a stack', () => {
  test.each([
    ['wrong settings', ['migrate'], { PORT: 'x', DATABASE_URL: 'http://x' }, '2 settings are wrong'],
    ['no database', ['status'], { DATA_DIR: '/nowhere' }, 'start the daemon first (npm start), or set DATABASE_URL'],
    [
      'a database that is away',
      ['status'],
      { DATABASE_URL: 'postgres://127.0.0.1:1/x' },
      'The database does not answer',
    ],
    ['no key', ['daemon'], { DATABASE_URL: 'postgres://127.0.0.1:1/x' }, 'TOKEN_ENCRYPTION_KEYS: is needed'],
  ])('%s', async (_what, args, env, message) => {
    const ran = await run(args, { env: env as Record<string, string> })

    expect(ran.code).toBe(1)
    expect(ran.stderr).toContain(message)
    expect(ran.stderr).not.toMatch(/^\s+at /m)
  })

  test('a password that is wrong', async () => {
    await using database = await aDatabase()
    const ran = await run(['status'], { env: { DATABASE_URL: database.url.replace(/:[^:@]+@/, ':hunter2@') } })

    expect(ran.code).toBe(1)
    expect(ran.stderr).toContain('password authentication failed')
    expect(ran.stderr).not.toContain('hunter2')
  })

  test('a schema that is old: what to run', async () => {
    await using database = await aDatabase({ empty: true })
    const env = { DATABASE_URL: database.url, TOKEN_ENCRYPTION_KEYS: `k:${'A'.repeat(43)}=` }

    for (const args of [['daemon'], ['status'], ['accounts', 'list']]) {
      expect(await run(args, { env })).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('npm run -s cli -- migrate'),
      })
    }
  })

  test('a port that is taken', async () => {
    await using simulator = start(['simulate', '--port', '0'])
    await vi.waitFor(() => expect(simulator.stdout()).toContain('X_BASE_URL'), 20_000)
    const port = /http:\/\/127\.0\.0\.1:(\d+)/.exec(simulator.stdout())?.[1] ?? ''

    expect(await run(['simulate', '--port', port])).toMatchObject({
      code: 1,
      stderr: `Port ${port} is taken: choose another with --port.\n`,
    })
  })
})

describe('migrate', () => {
  test('makes the schema, says so, and has nothing to do the second time', async () => {
    await using database = await aDatabase({ empty: true })
    const env = { DATABASE_URL: database.url }

    expect(await run(['migrate'], { env })).toEqual({
      code: 0,
      stdout: '',
      stderr: expect.stringMatching(/^Applied 0001_accounts(, \w+)*\.\n$/),
    })
    expect(await run(['migrate'], { env })).toEqual({ code: 0, stdout: '', stderr: 'The schema is up to date.\n' })
    expect(await database.query("select to_regclass('bullmq.job') is not null as queue")).toEqual([{ queue: true }])
  })

  test('leaves the queue to Redis where that is set', async () => {
    await using database = await aDatabase({ empty: true })

    await run(['migrate'], { env: { DATABASE_URL: database.url, REDIS_URL: 'redis://127.0.0.1:1' } })

    expect(await database.query("select to_regclass('bullmq.job') is not null as queue")).toEqual([{ queue: false }])
  })
})
