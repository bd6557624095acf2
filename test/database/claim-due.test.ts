import { describe, expect, test } from 'vitest'
import { claimDue } from '../../src/database/claim-due.ts'
import { expireUnrenewable } from '../../src/database/expire-unrenewable.ts'
import { aLine, connect } from '../fixtures/account.ts'
import { aDatabase, type TestDatabase } from '../fixtures/database.ts'
import { aVault } from '../fixtures/vault.ts'

/** Connects X accounts whose tokens end after so many minutes, all due now. */
async function aFleet(database: TestDatabase, ...endsInMinutes: number[]): Promise<string[]> {
  const ends = endsInMinutes.map((minutes) =>
    aLine({ tokenExpiresAt: new Date(Date.now() + minutes * 60_000).toISOString() }),
  )
  const ids = await connect(database, aVault(), ...ends)
  await database.query("update refresh_schedule set due_at = now() - interval '1 s'")
  return ids
}

const claim = async (database: TestDatabase, limit = 100) =>
  (await claimDue(database.db, { app: 'X', limit, visibilityMs: 120_000 })).map(({ accountId }) => accountId)

describe('a claim', () => {
  test('takes the earliest deadline first, and no more than there is room for', async () => {
    await using database = await aDatabase()
    const [late, early, latest, first] = await aFleet(database, 30, 10, 40, -5)

    expect(await claim(database, 3)).toEqual([first, early, late])
    expect(await claim(database, 3)).toEqual([latest])
    expect(await claim(database, 3)).toEqual([])
  })

  test('hides what it takes for a while, from which it comes back by itself', async () => {
    await using database = await aDatabase()
    const [id] = await aFleet(database, 30)
    await claim(database)

    const [row] = await database.query<{ hidden_s: number }>(
      'select extract(epoch from due_at - now())::float8 as hidden_s from refresh_schedule',
    )
    expect(row?.hidden_s).toBeGreaterThan(110)
    await database.query("update refresh_schedule set due_at = now() - interval '1 s'")
    expect(await claim(database)).toEqual([id])
  })

  test('puts accounts that keep failing behind those that do not', async () => {
    await using database = await aDatabase()
    const [failing, healthy, once] = await aFleet(database, 1, 30, 10)
    await database.query('update refresh_schedule set consecutive_failures = 3 where account_id = $1', [failing])
    await database.query('update refresh_schedule set consecutive_failures = 1 where account_id = $1', [once])

    expect(await claim(database)).toEqual([once, healthy, failing])
  })

  test('never gives an account to two scans at once', async () => {
    await using database = await aDatabase()
    const ids = await aFleet(database, ...Array.from({ length: 100 }, (_, minute) => minute))

    const claims = await Promise.all(Array.from({ length: 8 }, () => claim(database, 30)))

    expect(claims.flat().sort()).toEqual([...ids].sort())
  })

  test('waits for nobody: an account that somebody holds is left out', async () => {
    await using database = await aDatabase()
    const [held, free] = await aFleet(database, 10, 20)
    const client = await database.db.connect()
    await client.query('begin')
    await client.query('select from refresh_schedule where account_id = $1 for update', [held])

    expect(await claim(database)).toEqual([free])

    await client.query('rollback')
    client.release()
  })
})

describe('accounts that nothing can renew', () => {
  const expire = (database: TestDatabase) => expireUnrenewable(database.db, { apps: ['X'], error: 'over', limit: 100 })

  test('are not claimed, and end with their access token', async () => {
    await using database = await aDatabase()
    const line = (minutes: number) =>
      aLine({ tokenExpiresAt: new Date(Date.now() + minutes * 60_000).toISOString() }, { refreshToken: null })
    const [over, alive] = await connect(database, aVault(), line(-1), line(10))

    expect(await claim(database)).toEqual([])
    expect(await expire(database)).toEqual([over])

    const rows = await database.query(
      'select id, status, last_refresh_error as error from social_accounts order by status',
    )
    expect(rows).toEqual([
      { id: alive, status: 'ACTIVE', error: null },
      { id: over, status: 'TOKEN_EXPIRED', error: 'over' },
    ])
    expect(await expire(database)).toEqual([])
  })

  test('keep what an attempt has said about them', async () => {
    await using database = await aDatabase()
    await aFleet(database, -1)
    await database.query('update refresh_schedule set renewable = false')
    await database.query(
      "update social_accounts set last_refresh_error = 'said before', last_refresh_error_status = 400",
    )

    await expire(database)

    expect(
      await database.query('select status, last_refresh_error, last_refresh_error_status from social_accounts'),
    ).toEqual([{ status: 'TOKEN_EXPIRED', last_refresh_error: 'said before', last_refresh_error_status: 400 }])
  })
})
