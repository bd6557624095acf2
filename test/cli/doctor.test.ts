import { describe, expect, inject, test } from 'vitest'
import type { Check } from '../../src/doctor/check.ts'
import { startSimulator } from '../../src/simulator/simulator.ts'
import { openVault } from '../../src/vault.ts'
import { aDueLine, connect } from '../fixtures/account.ts'
import { aDatabase, type TestDatabase } from '../fixtures/database.ts'
import { aLogin } from '../fixtures/login.ts'
import { run } from '../fixtures/process.ts'
import { aKey } from '../fixtures/vault.ts'

const key = aKey()
const vault = openVault([key])
const KEYS = `${key.kid}:${key.key.toString('base64')}`

async function examine(database: TestDatabase, env: Record<string, string> = {}) {
  const settings = { DATABASE_URL: database.url, TOKEN_ENCRYPTION_KEYS: KEYS, ...env }
  const { code, stdout, stderr } = await run(['doctor', '--json'], { env: settings })
  const checks = JSON.parse(stdout) as Check[]
  const named = (name: string) => checks.find((check) => check.name === name)
  return { code, stderr, named, states: checks.map(({ name, state }) => `${name} ${state}`) }
}

describe('doctor', () => {
  test('finds everything in order, and touches no account', async () => {
    await using database = await aDatabase()
    await using simulator = await startSimulator({ port: 0 })
    await connect(database, vault, aDueLine())
    const before = await database.query('select * from refresh_schedule')

    const { code, states, named } = await examine(database, simulator.settings)

    expect(code).toBe(0)
    expect(states.slice(0, 7)).toEqual(
      ['settings', 'database', 'schema', 'clock', 'list role', 'queue', 'keys'].map((name) => `${name} ok`),
    )
    expect(named('X')).toMatchObject({ state: 'ok', message: 'X accepts our app' })
    expect(await database.query('select * from refresh_schedule')).toEqual(before)
    expect(await database.query('select from refresh_attempts')).toEqual([])
  })

  test('tells an app that the platform refuses, from one that is not set up', async () => {
    await using database = await aDatabase()
    await using simulator = await startSimulator({ port: 0 })
    await connect(database, vault, aDueLine())

    const refused = await examine(database, { ...simulator.settings, X_CLIENT_SECRET: 'wrong' })
    const missing = await examine(database, { ...simulator.settings, X_CLIENT_ID: '' })

    expect(refused.code).toBe(1)
    expect(refused.named('X')).toMatchObject({ state: 'failed', todo: 'Check X_CLIENT_ID and X_CLIENT_SECRET.' })
    expect(missing.code).toBe(0)
    expect(missing.named('X')).toMatchObject({ state: 'warning', message: '1 accounts are left alone' })
  })

  test('says that a platform does not answer, which is nobody’s fault here', async () => {
    await using database = await aDatabase()
    const env = { X_CLIENT_ID: 'id', X_CLIENT_SECRET: 'secret', X_BASE_URL: 'http://127.0.0.1:1' }

    expect((await examine(database, env)).named('X')).toMatchObject({
      state: 'warning',
      message: 'X does not answer (ECONNREFUSED)',
    })
  })

  test('finds credentials that no key opens', async () => {
    await using database = await aDatabase()
    await connect(database, vault, aDueLine())

    const { code, named } = await examine(database, { TOKEN_ENCRYPTION_KEYS: `other:${'A'.repeat(43)}=` })

    expect(code).toBe(1)
    expect(named('keys')).toMatchObject({
      state: 'failed',
      message: 'do not open 1 of 1 stored credentials: unknown_key',
      todo: expect.stringContaining('TOKEN_ENCRYPTION_KEYS'),
    })
  })

  test('finds an old schema, and a queue that has no tables', async () => {
    await using database = await aDatabase({ empty: true })

    const { states, named } = await examine(database)

    expect(states).toEqual(['settings ok', 'database ok', 'schema failed', 'clock ok', 'queue failed'])
    expect(named('schema')?.todo).toBe('Run: npm run -s cli -- migrate')
  })

  test('finds a Redis that is away', async () => {
    await using database = await aDatabase()

    expect((await examine(database, { REDIS_URL: 'redis://127.0.0.1:1' })).named('queue')).toMatchObject({
      state: 'failed',
      message: expect.stringContaining('ECONNREFUSED'),
    })
  })

  test.skipIf(inject('redisUrl') === null)('finds a Redis that answers', async () => {
    await using database = await aDatabase()

    const { named } = await examine(database, { REDIS_URL: inject('redisUrl') ?? '' })

    expect(named('queue')?.message).toMatch(/^Redis \d+\.\S+, /)
  })

  test('finds a login for the list that may read credentials', async () => {
    await using database = await aDatabase()
    await using login = await aLogin(database, 'select on account_credentials')

    const { code, named } = await examine(database, { LIST_DATABASE_URL: login.url })

    expect(code).toBe(1)
    expect(named('list role')).toMatchObject({ state: 'failed', message: expect.stringContaining('must not') })
  })

  test('names each setting that is wrong', async () => {
    await using database = await aDatabase()

    const { code, states } = await examine(database, { PORT: 'abc', SCAN_INTERVAL_MS: '1' })

    expect([code, states]).toEqual([1, ['settings failed', 'settings failed']])
  })

  test('prints a line per look for a person, with what to do below', async () => {
    await using database = await aDatabase()
    const env = {
      DATABASE_URL: database.url,
      TOKEN_ENCRYPTION_KEYS: KEYS,
      X_CLIENT_ID: 'id',
      X_BASE_URL: 'http://127.0.0.1:1',
    }

    const { stdout } = await run(['doctor'], { env })

    expect(stdout).toMatch(/^ok {7}schema {11}up to date$/m)
    expect(stdout).toMatch(/^warning {2}X {16}X does not answer \(ECONNREFUSED\)\n {26}Check the network/m)
  })
})
