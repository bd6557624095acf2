import { describe, expect, test } from 'vitest'
import { claimDue } from '../../src/database/claim-due.ts'
import { readDatabaseNow } from '../../src/database/connect.ts'
import { expireUnrenewable } from '../../src/database/expire-unrenewable.ts'
import { countMatching, makeDue, type RefreshFilter } from '../../src/database/make-due.ts'
import { aLine, connect } from '../fixtures/account.ts'
import { aDatabase, type TestDatabase } from '../fixtures/database.ts'
import { aVault } from '../fixtures/vault.ts'

/** Connects accounts that are due in an hour, with what the test is about in their rows. */
async function aFleet(database: TestDatabase, ...sql: string[]): Promise<string[]> {
  const ids = await connect(database, aVault(), ...sql.map(() => aLine()))
  await database.query("update refresh_schedule set due_at = now() + interval '1 h'")
  for (const [at, id] of ids.entries()) if (sql[at]) await database.query(sql[at], [id])
  return ids
}

const account = (set: string) => `update social_accounts set ${set} where id = $1`
const schedule = (set: string) => `update refresh_schedule set ${set} where account_id = $1`

const make = async (database: TestDatabase, filter: RefreshFilter = {}) =>
  makeDue(database.db, filter, { requestedAt: await readDatabaseNow(database.db), after: '', limit: 100 })

const claim = (database: TestDatabase) => claimDue(database.db, { app: 'X', limit: 100, visibilityMs: 120_000 })

describe('made due', () => {
  test('accounts are handed out by the next scan as an operator wanted it', async () => {
    await using database = await aDatabase()
    const ids = await aFleet(database, '', '')

    expect(await make(database)).toEqual({ accountIds: [...ids].sort(), madeDue: 2, last: [...ids].sort()[1] })

    expect((await claim(database)).map(({ trigger }) => trigger)).toEqual(['operator', 'operator'])
    await database.query("update refresh_schedule set due_at = now() - interval '1 s'")
    expect((await claim(database)).map(({ trigger }) => trigger)).toEqual(['schedule', 'schedule'])
  })

  test('go in batches through all that match', async () => {
    await using database = await aDatabase()
    const ids = await aFleet(database, ...Array.from({ length: 25 }, () => ''))
    const requestedAt = await readDatabaseNow(database.db)
    const sizes: number[] = []
    const found: string[] = []

    for (let after: string | null = ''; after !== null; ) {
      const batch = await makeDue(database.db, {}, { requestedAt, after, limit: 10 })
      sizes.push(batch.madeDue)
      found.push(...batch.accountIds)
      after = batch.last
    }

    expect(sizes).toEqual([10, 10, 5, 0])
    expect(found).toEqual([...ids].sort())
  })

  test.each<[string, string]>([
    ['due', "due_at = now() - interval '1 s'"],
    ['claimed', 'claimed_at = now()'],
    ['leased', "leased_until = now() + interval '1 min'"],
  ])('is not what is %s already, but it counts', async (_what, set) => {
    await using database = await aDatabase()
    const [id] = await aFleet(database, schedule(set))

    expect(await make(database)).toMatchObject({ accountIds: [id], madeDue: 0 })
  })

  test('is not what was tried since the request, but it counts', async () => {
    await using database = await aDatabase()
    const [id] = await aFleet(database, account("last_refresh_attempt_at = now() + interval '1 s'"))

    expect(await make(database)).toMatchObject({ accountIds: [id], madeDue: 0 })
  })

  test('is not what was renewed a moment before the request', async () => {
    await using database = await aDatabase()
    const [, old] = await aFleet(
      database,
      account("last_refreshed_at = now() - interval '1 min'"),
      account("last_refreshed_at = now() - interval '6 min'"),
    )

    expect(await make(database)).toMatchObject({ accountIds: [old], madeDue: 1 })
    expect(await countMatching(database.db, {}, await readDatabaseNow(database.db))).toEqual([
      { platform: 'X', app: 'X', accounts: 1, renewedRecently: 1 },
    ])
  })

  test('is nothing that somebody holds at this moment', async () => {
    await using database = await aDatabase()
    const [held] = await aFleet(database, '')
    const client = await database.db.connect()
    await client.query('begin')
    await client.query('select from social_accounts where id = $1 for update', [held])

    expect(await make(database)).toMatchObject({ accountIds: [held], madeDue: 0 })

    await client.query('rollback')
    client.release()
  })

  test('by many at once is every account once', async () => {
    await using database = await aDatabase()
    const ids = await aFleet(database, ...Array.from({ length: 50 }, () => ''))

    const batches = await Promise.all(Array.from({ length: 8 }, () => make(database)))

    expect(batches.reduce((sum, { madeDue }) => sum + madeDue, 0)).toBe(ids.length)
  })
})

describe('a filter', () => {
  test.each<[RefreshFilter, readonly number[]]>([
    [{}, [0, 1, 4]],
    [{ platform: 'X' }, [0, 1, 4]],
    [{ platform: 'BLUESKY' }, []],
    [{ workspace: 'ws_2' }, [1]],
    [{ status: 'TOKEN_EXPIRED' }, [2]],
    [{ status: 'ACTIVE' }, [0, 1, 3, 4]],
    [{ error: 'invalid_client' }, [3, 4]],
    [{ error: 'invalid_client', status: 'TOKEN_EXPIRED' }, []],
  ])('%j means the accounts %j', async (filter, wanted) => {
    await using database = await aDatabase()
    const ids = await aFleet(
      database,
      '',
      account("workspace_id = 'ws_2'"),
      account("status = 'TOKEN_EXPIRED'"),
      schedule("renewable = false, failing_code = 'invalid_client'"),
      schedule("failing_code = 'invalid_client'"),
    )

    const { accountIds } = await make(database, filter)

    expect([...accountIds].sort()).toEqual(wanted.map((at) => ids[at]).sort())
  })
})

test('an account that has ended is tried once more, behind all that have not', async () => {
  await using database = await aDatabase()
  const [ended, active] = await aFleet(database, account("status = 'REVOKED'"), '')
  await database.query(
    "update refresh_schedule set due_at = null, renewable = false, deadline_at = now() - interval '1 day' where account_id = $1",
    [ended],
  )

  await make(database, { status: 'REVOKED' })
  await make(database)

  expect(await expireUnrenewable(database.db, { apps: ['X'], error: 'over', limit: 10 })).toEqual([])
  expect((await claim(database)).map(({ accountId }) => accountId)).toEqual([active, ended])
})
