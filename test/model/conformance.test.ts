import fc from 'fast-check'
import { expect, test } from 'vitest'
import { aDatabase, type TestDatabase } from '../fixtures/database.ts'
import { aCommand } from './commands.ts'
import { heal } from './heal.ts'
import { holdTime } from './held-time.ts'
import { comparable, SELECT_SNAPSHOT, type Snapshot, snapshotOf } from './snapshot.ts'
import { emptyTables } from './tables.ts'
import { aWorld, type Entry } from './world.ts'

const STATEMENTS = 600
/** Where another run begins. */
const BEGINNING = 'truncate social_accounts, platform_states, refresh_attempts restart identity cascade'

/** Lets the same things happen until there are enough statements to compare; the model carries them out on its own tables. */
async function journalOf(statements: number): Promise<Entry[]> {
  using time = holdTime()
  const journal: Entry[] = []
  for (let seed = 1; journal.length < statements; seed++) {
    const [commands = []] = fc.sample(fc.commands([aCommand], { maxCommands: 300, size: 'max' }), { numRuns: 1, seed })
    const parts = { time, fleet: ['X', 'BLUESKY', 'YOUTUBE', 'X'] as const, tally: new Map() }
    journal.push({ at: null, sql: BEGINNING, values: [], rows: [], after: snapshotOf(emptyTables(new Date(0))) })
    const world = await aWorld({ ...parts, journal })
    await fc.asyncModelRun(() => ({ model: world, real: world }), commands)
    await heal(world)
  }
  return journal
}

/** Gives the database the model's clock: every `now()` of our statements is the moment that is written down there. */
async function holdClock(database: TestDatabase): Promise<void> {
  await database.query('create schema held')
  await database.query('create table held.clock (at timestamptz)')
  await database.query('insert into held.clock values (null)')
  await database.query(
    'create function held.now() returns timestamptz language sql stable as $$ select at from held.clock $$',
  )
  await database.query('alter table refresh_attempts alter started_at set default held.now()')
  await database.query('alter table platform_states alter since set default held.now()')
}

test('the statements of the model do what those of the database do, row by row', async () => {
  const journal = await journalOf(STATEMENTS)
  await using database = await aDatabase()
  await holdClock(database)
  const client = await database.db.connect()
  // Before pg_catalog, so that `now()` is ours.
  await client.query('set search_path = held, public, pg_catalog')

  try {
    for (const { at, sql, values, rows, after } of journal) {
      await client.query('update held.clock set at = $1', [at])
      const result = await client.query(sql, [...values])
      const [found] = (await client.query<{ snapshot: Snapshot }>(SELECT_SNAPSHOT)).rows

      if (result.fields.length > 0) expect(comparable({ rows: result.rows }), sql).toEqual(comparable({ rows }))
      expect(comparable(found?.snapshot), sql).toEqual(after)
    }
  } finally {
    client.release(true)
  }
})
