import { createRequire } from 'node:module'
import { describe, expect, test, vi } from 'vitest'
import { type Migration, migrate, readMigrations, readSchemaState } from '../../src/database/migrate.ts'
import { queryBuilder } from '../../src/database/query-builder.ts'
import * as schema from '../../src/database/schema.ts'
import * as webhookSchema from '../../src/database/webhook-schema.ts'
import { aDatabase, type TestDatabase } from '../fixtures/database.ts'

// drizzle-kit's entry is CommonJS that requires more CommonJS.
const { pushSchema } = createRequire(import.meta.url)('drizzle-kit/api') as typeof import('drizzle-kit/api')

const waitingForLock = (database: TestDatabase) =>
  database.query("select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")

/** In the order in which the lease and the outcome take them (`take-lease.ts`, `save-outcome.ts`). */
const LOCKS_OF_A_REFRESH = [
  'lock table refresh_schedule in row exclusive mode',
  'lock table account_credentials in row exclusive mode',
  'lock table social_accounts in row exclusive mode',
  'lock table platform_states in access share mode',
  'lock table refresh_attempts in row exclusive mode',
]

/** Lets a migration begin in the middle of a refresh, and rolls both back; returns what either of them says against it. */
async function meet(
  database: TestDatabase,
  { migration, before, after }: { migration: Migration; before: readonly string[]; after: readonly string[] },
): Promise<string[]> {
  const refreshing = await database.db.connect()
  const migrating = await database.db.connect()
  const errors: string[] = []
  const note = ({ message }: Error) => void errors.push(message)
  let isThrough = false
  await refreshing.query(`begin; ${before.join('; ')}`)
  const migrated = migrating
    .query(`begin; ${migration.sql}`)
    .catch(note)
    .finally(() => {
      isThrough = true
    })
  await vi.waitFor(async () => expect(isThrough || (await waitingForLock(database)).length > 0).toBe(true), {
    interval: 5,
    timeout: 30_000,
  })
  if (!isThrough) await refreshing.query(after.join('; ')).catch(note)
  await refreshing.query('rollback')
  await migrated
  await migrating.query('rollback')
  refreshing.release()
  migrating.release()
  return errors
}

describe('the schema', () => {
  test('is the one that the code believes in', async () => {
    await using database = await aDatabase({ empty: true })
    await migrate(database.db, await readMigrations())
    await database.query('drop table schema_migrations')

    // It shows its progress on the terminal.
    const progress = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    const whole = { ...schema, ...webhookSchema }
    const { statementsToExecute } = await pushSchema(whole, queryBuilder(database.db) as never, ['public'])
    progress.mockRestore()

    expect(statementsToExecute).toEqual([])
  })
})

describe('migrations', () => {
  const two = [
    { name: '0001_one', sql: 'create table one (id integer); insert into one values (1);' },
    { name: '0002_two', sql: 'create table two (id integer);' },
  ]

  test('are applied once, however many start at the same moment', async () => {
    await using database = await aDatabase({ empty: true })

    const applied = await Promise.all([1, 2, 3, 4, 5].map(() => migrate(database.db, two)))

    expect(applied.flat().sort()).toEqual(['0001_one', '0002_two'])
    expect(await database.query('select id from one')).toEqual([{ id: 1 }])
  })

  test('that fail leave nothing of themselves, and what came before stays', async () => {
    await using database = await aDatabase({ empty: true })
    const broken = [...two, { name: '0003_bad', sql: 'create table three (id integer); select 1/0;' }]

    await expect(migrate(database.db, broken)).rejects.toThrow('the migration 0003_bad failed and was rolled back')

    expect(await database.query("select to_regclass('three') as three, to_regclass('two')::text as two")).toEqual([
      { three: null, two: 'two' },
    ])
    expect(await migrate(database.db, two)).toEqual([])
  })

  test('never make daemons wait behind somebody who holds a table, and name who that is', async () => {
    await using database = await aDatabase()
    const holder = await database.db.connect()
    await holder.query('begin; select from social_accounts')
    const change = { name: '9001_change', sql: 'alter table social_accounts add column more text;' }
    const patience = { waitMs: 300, pauseMs: 50, tries: 2 }

    const migrated = migrate(database.db, [change], patience).catch(({ message }) => message)
    await vi.waitFor(async () => expect(await waitingForLock(database)).toHaveLength(1), { interval: 20 })
    // What a daemon asks now stands in line behind the migration.
    await database.query('select from social_accounts')

    expect(await migrated).toMatch(
      /^the migration 9001_change gave up after waiting 2 times 0.3 s for a lock; nothing was changed\. The oldest transaction is that of process \d+ \(token-refresh-worker test\), open for \d+ s: let it end, and run migrate again\.$/,
    )
    await holder.query('commit')
    holder.release()
    expect(await migrate(database.db, [change], patience)).toEqual(['9001_change'])
  })

  test('are tried again when the lock is free', async () => {
    await using database = await aDatabase()
    const holder = await database.db.connect()
    await holder.query('begin; select from social_accounts')
    const change = { name: '9001_change', sql: 'alter table social_accounts add column more text;' }

    const migrated = migrate(database.db, [change], { waitMs: 50, pauseMs: 20, tries: 1000 })
    await vi.waitFor(async () => expect(await waitingForLock(database)).toHaveLength(1), { interval: 5 })
    await vi.waitFor(async () => expect(await waitingForLock(database)).toHaveLength(0), { interval: 5 })
    await holder.query('commit')
    holder.release()

    expect(await migrated).toEqual(['9001_change'])
  })

  test('never close a circle with a refresh that comes in between', async () => {
    await using database = await aDatabase({ empty: true })
    const [first, ...later] = await readMigrations()
    await migrate(database.db, first === undefined ? [] : [first])

    for (const migration of later) {
      for (let at = 1; at < LOCKS_OF_A_REFRESH.length; at++) {
        const meeting = { migration, before: LOCKS_OF_A_REFRESH.slice(0, at), after: LOCKS_OF_A_REFRESH.slice(at) }
        expect(await meet(database, meeting), `${migration.name} after ${at} locks`).toEqual([])
      }
      await migrate(database.db, [migration])
    }
  })

  test('tell an old schema, a current one and one that is newer than the code', async () => {
    await using database = await aDatabase({ empty: true })

    expect(await readSchemaState(database.db, two)).toEqual({ kind: 'old', missing: ['0001_one', '0002_two'] })
    await migrate(database.db, two.slice(0, 1))
    expect(await readSchemaState(database.db, two)).toEqual({ kind: 'old', missing: ['0002_two'] })
    await migrate(database.db, two)
    expect(await readSchemaState(database.db, two)).toEqual({ kind: 'current' })
    expect(await readSchemaState(database.db, two.slice(0, 1))).toEqual({ kind: 'new', unknown: ['0002_two'] })
  })

  test('have names that are numbered without a gap', async () => {
    const numbers = (await readMigrations()).map(({ name }) => Number(name.slice(0, 4)))

    expect(numbers).toEqual(numbers.map((_, at) => at + 1))
  })
})
