import { createRequire } from 'node:module'
import { describe, expect, test, vi } from 'vitest'
import { migrate, readMigrations, readSchemaState } from '../../src/database/migrate.ts'
import { queryBuilder } from '../../src/database/query-builder.ts'
import * as schema from '../../src/database/schema.ts'
import * as webhookSchema from '../../src/database/webhook-schema.ts'
import { aDatabase } from '../fixtures/database.ts'

// drizzle-kit's entry is CommonJS that requires more CommonJS.
const { pushSchema } = createRequire(import.meta.url)('drizzle-kit/api') as typeof import('drizzle-kit/api')

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
