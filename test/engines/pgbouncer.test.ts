import { describe, expect, inject, test, vi } from 'vitest'
import { openDatabase } from '../../src/database/connect.ts'
import { grantListRole } from '../../src/database/list-role.ts'
import { migrate, readMigrations } from '../../src/database/migrate.ts'
import { checkQueue } from '../../src/doctor/check-queue.ts'
import { findSessionProblem } from '../../src/queue/own-sessions.ts'
import { aDueLine, connect } from '../fixtures/account.ts'
import { aDaemon } from '../fixtures/daemon.ts'
import { aDatabase, type TestDatabase } from '../fixtures/database.ts'
import { aKeyFor, PATH } from '../fixtures/list.ts'
import { silentLog } from '../fixtures/log.ts'
import { aPgBouncer } from '../fixtures/pgbouncer.ts'
import { aPlatformServer } from '../fixtures/platform-server.ts'
import { run } from '../fixtures/process.ts'
import { aRedis, isMissing } from '../fixtures/redis.ts'
import { aStrictX } from '../fixtures/strict-x.ts'
import { aVault } from '../fixtures/vault.ts'

const OURS = 'database = (select oid from pg_database where datname = current_database())'

const noPooler = inject('pgbouncer') === null

/** The same database, behind a PgBouncer in transaction mode. */
async function aPooledDatabase(options: { empty?: boolean } = {}): Promise<TestDatabase & { direct: TestDatabase }> {
  await using stack = new AsyncDisposableStack()
  const direct = stack.use(await aDatabase(options))
  const server = new URL(direct.url)
  const login = { username: server.username, password: decodeURIComponent(server.password) }
  const pooler = stack.use(await aPgBouncer(server, [login]))
  const url = pooler.urlOf(direct.url)
  const db = stack.use(openDatabase(url, { connections: 10, name: 'test', log: silentLog, queryTimeoutMs: null }))
  const opened = stack.move()
  return { ...direct, direct, url, db, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

describe.skipIf(noPooler)('behind a PgBouncer in transaction mode', () => {
  test('many migrate at once, and leave no lock behind', async () => {
    await using database = await aPooledDatabase({ empty: true })
    const migrations = await readMigrations()

    const applied = await Promise.all([1, 2, 3].map(() => migrate(database.db, migrations)))

    expect(applied.flat().sort()).toEqual(migrations.map(({ name }) => name))
    expect(await grantListRole(database.db)).toEqual({ kind: 'ready', isMember: true })
    expect(await database.query(`select from pg_locks where locktype = 'advisory' and ${OURS}`)).toEqual([])
  })

  test.skipIf(isMissing('redis'))(
    'two daemons present each token once, and the role of the list is nobody else’s',
    async () => {
      await using database = await aPooledDatabase()
      await using redis = await aRedis()
      await using platform = await aPlatformServer()
      const vault = aVault()
      const tokens = Array.from({ length: 60 }, (_, number) => `refresh-${number}`)
      await connect(database, vault, ...tokens.map((refreshToken) => aDueLine({}, { refreshToken })))
      const headers = { authorization: await aKeyFor(database, null) }
      const x = aStrictX(tokens, { delayMs: 20 })
      platform.answerAll(x.answer)

      const options = { database, vault, origin: platform.origin, redisUrl: redis.url, env: { LIST_BURST_LIMIT: '30' } }
      await using one = await aDaemon({ ...options, worker: 'one' })
      await using _two = await aDaemon({ ...options, worker: 'two' })
      const asked = Array.from({ length: 40 }, async (_, number) => {
        const path = number % 2 === 0 ? PATH : `${PATH}/health`
        return (await fetch(`${one.listUrl}${path}`, { headers })).status
      })
      const statuses = await Promise.all(asked)
      await vi.waitFor(
        async () => expect(await database.query('select from account_credentials where version = 2')).toHaveLength(60),
        30_000,
      )

      expect(tokens.map((token) => x.shown.get(token))).toEqual(tokens.map(() => 1))
      expect(await database.query('select distinct outcome from refresh_attempts')).toEqual([{ outcome: 'renewed' }])
      expect(statuses.filter((status) => status === 200).length).toBe(30)
      expect(statuses.filter((status) => status === 429).length).toBe(10)
      const users = await Promise.all(Array.from({ length: 30 }, () => database.query('select current_user as name')))
      expect(new Set(users.flat().map(({ name }: { name?: string }) => name))).toEqual(new Set(['postgres']))
    },
  )

  test('a queue in PostgreSQL is refused, in words that say what to do', async () => {
    await using database = await aPooledDatabase()
    const env = { DATABASE_URL: database.url, TOKEN_ENCRYPTION_KEYS: `k1:${'A'.repeat(43)}=` }

    expect(await findSessionProblem(database.direct.url)).toBeNull()
    expect(await checkQueue(null, database.url)).toMatchObject({
      state: 'failed',
      message: expect.stringContaining('DATABASE_URL goes through a pooler'),
      todo: expect.stringContaining('Set REDIS_URL'),
    })
    const [daemon, waiting] = await Promise.all([
      run(['daemon'], { env }),
      run(['refresh', '--all', '--wait'], { env: { ...env, REDIS_URL: 'redis://127.0.0.1:1' } }),
    ])
    expect(daemon).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^DATABASE_URL goes .*\n$/) })
    expect(waiting).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('leave out --wait') })
  })
})
