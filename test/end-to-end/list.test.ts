import { randomBytes } from 'node:crypto'
import { describe, expect, inject, test, vi } from 'vitest'
import { LIST_ROLE } from '../../src/database/list-role.ts'
import { type Violated, violations } from '../fixtures/contract.ts'
import { aDatabase, type TestDatabase } from '../fixtures/database.ts'
import { aKeyFor, PATH } from '../fixtures/list.ts'
import { aLogin } from '../fixtures/login.ts'
import { type Running, run, start } from '../fixtures/process.ts'
import { aRedis } from '../fixtures/redis.ts'
import { everyKindOfRow, manyRows } from '../fixtures/rows.ts'

const noRedis = inject('redisUrl') === null

const urlOf = async (daemon: Running): Promise<string> => {
  const find = () => /"listUrl":"(http[^"]+)"/.exec(daemon.stdout())?.[1]
  await vi.waitFor(() => expect(find(), daemon.stderr()).toBeDefined(), 30_000)
  return `${find()}`
}

/** The list alone, with nothing in its environment but what is given. */
const startList = (env: Record<string, string>, nodeOptions: string[] = []) =>
  start(['daemon', '--roles', 'list'], { env: { PORT: '0', LIST_DRAIN_MS: '0', ...env }, nodeOptions })

const lockAccounts = async (database: TestDatabase) => {
  const client = await database.db.connect()
  await client.query('begin; lock table social_accounts in access exclusive mode')
  return async () => {
    await client.query('rollback')
    client.release()
  }
}

const waitingForLock = (database: TestDatabase) =>
  database.query("select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")

describe('the list alone, as a process', () => {
  test('needs a login that cannot read a credential, and nothing else', async () => {
    await using database = await aDatabase()
    await using login = await aLogin(database, LIST_ROLE)
    await everyKindOfRow(database)
    const headers = { authorization: await aKeyFor(database, null) }
    await using daemon = startList({ LIST_DATABASE_URL: login.url })
    const url = await urlOf(daemon)

    const rows = (await (await fetch(`${url}${PATH}`, { headers })).json()) as { id: string }[]
    expect(rows).toHaveLength(33)
    expect(violations('SocialAccountList', rows)).toEqual([])
    for (const { id } of rows) {
      const account = await (await fetch(`${url}${PATH}/${id}`, { headers })).json()
      expect(violations('SocialAccount', account)).toEqual([])
    }
    const failures = [
      [`${PATH}?workspaceId=`, headers, 400, 'Error400'],
      [PATH, {}, 401, 'Error401'],
      [`${PATH}/soc_none`, headers, 404, 'Error404'],
      ['/nothing', headers, 404, 'Error404'],
    ] as const satisfies readonly (readonly [string, object, number, Violated])[]
    for (const [path, sent, status, schema] of failures) {
      const answer = await fetch(url + path, { headers: sent })
      expect(answer.status).toBe(status)
      expect(violations(schema, await answer.json())).toEqual([])
    }
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
    daemon.signal('SIGTERM')

    expect(await daemon.ended).toMatchObject({ code: 0, stderr: '' })
  })

  test('sends 100,000 accounts with a heap that would not hold them', async () => {
    await using database = await aDatabase()
    await manyRows(database, 100_000)
    const headers = { authorization: await aKeyFor(database, null), 'accept-encoding': 'identity' }
    await using daemon = startList({ DATABASE_URL: database.url }, ['--max-old-space-size=64'])
    const url = await urlOf(daemon)

    const answer = await fetch(`${url}${PATH}`, { headers })
    let rows = 0
    let bytes = 0
    for await (const chunk of answer.body ?? []) {
      rows += Buffer.from(chunk).toString('latin1').split('"externalId"').length - 1
      bytes += chunk.length
    }

    expect(answer.status).toBe(200)
    expect(bytes).toBeGreaterThan(40_000_000)
    // A name that two chunks share is not found.
    expect(rows).toBeGreaterThan(99_000)
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
  })

  test('turns /readyz red first, finishes what was asked, and then ends', async () => {
    await using database = await aDatabase()
    await everyKindOfRow(database)
    const headers = { authorization: await aKeyFor(database, null) }
    await using daemon = startList({ DATABASE_URL: database.url, LIST_DRAIN_MS: '3000' })
    const url = await urlOf(daemon)
    const unlock = await lockAccounts(database)
    const asked = fetch(`${url}${PATH}`, { headers })
    await vi.waitFor(async () => expect(await waitingForLock(database)).toHaveLength(1), 10_000)

    daemon.signal('SIGTERM')
    await vi.waitFor(async () => expect((await fetch(`${url}/readyz`)).status).toBe(503), 2500)
    await vi.waitFor(() => expect(fetch(`${url}/healthz`)).rejects.toThrow(), 10_000)
    await unlock()

    const answer = await asked
    expect(answer.status).toBe(200)
    expect(await answer.json()).toHaveLength(33)
    expect(await daemon.ended).toMatchObject({ code: 0 })
  })

  test.skipIf(noRedis)('of two processes has one limit', async () => {
    await using database = await aDatabase()
    await using redis = await aRedis()
    const headers = { authorization: await aKeyFor(database, null) }
    const env = { DATABASE_URL: database.url, REDIS_URL: redis.url, LIST_BURST_LIMIT: '10' }
    await using one = startList(env)
    await using two = startList(env)
    const urls = [await urlOf(one), await urlOf(two)]

    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, at) => fetch(`${urls[at % 2]}${PATH}`, { headers })),
    )

    expect(answers.filter(({ status }) => status === 200)).toHaveLength(10)
    const refused = answers.find(({ status }) => status === 429)
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(violations('Error429', await refused?.json())).toEqual([])
  })
})

describe('/readyz of a daemon that does everything', () => {
  test('speaks of the database, the queue and the scan', async () => {
    await using database = await aDatabase()
    const key = randomBytes(32).toString('base64')
    const env = { DATABASE_URL: database.url, TOKEN_ENCRYPTION_KEYS: `k1:${key}`, PORT: '0', LIST_DRAIN_MS: '0' }
    await using daemon = start(['daemon'], { env })
    const url = await urlOf(daemon)
    await vi.waitFor(async () => expect((await fetch(`${url}/readyz`)).status).toBe(200), 20_000)

    await database.query('alter table scan_state rename to gone')

    await vi.waitFor(
      async () =>
        expect(await (await fetch(`${url}/readyz`)).json()).toMatchObject({
          statusCode: 503,
          details: { database: 'ok', queue: 'ok', scan: 'failed' },
        }),
      10_000,
    )
  })
})

describe('a login that cannot serve the list', () => {
  test('is refused at the start, with what to do', async () => {
    await using database = await aDatabase()
    await using mighty = await aLogin(database, 'select on all tables in schema public')
    await using weak = await aLogin(database, 'select on schema_migrations')

    for (const [login, words] of [
      [mighty, 'may read the credentials'],
      [weak, `make it a member of ${LIST_ROLE}`],
    ] as const) {
      const daemon = startList({ LIST_DATABASE_URL: login.url })
      const { code, stderr } = await daemon.ended
      expect(code).toBe(1)
      expect(stderr).toContain('LIST_DATABASE_URL')
      expect(stderr).toContain(words)
      expect(stderr).not.toContain('hunter2')
      expect(stderr).not.toMatch(/^\s+at /m)
    }
  })

  test('and cannot make the role is told what an administrator runs', async () => {
    await using database = await aDatabase()
    await using login = await aLogin(database, 'select on schema_migrations', 'create on schema public')

    const { code, stderr } = await run(['migrate'], { env: { DATABASE_URL: login.url, REDIS_URL: 'redis://x' } })

    expect(code).toBe(1)
    expect(stderr).toContain(`create role ${LIST_ROLE};\n  grant ${LIST_ROLE} to ${login.name};`)
  })
})
