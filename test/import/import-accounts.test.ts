import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { importAccounts } from '../../src/import/import-accounts.ts'
import { openVault, type Vault } from '../../src/vault.ts'
import { aLine, connect } from '../fixtures/account.ts'
import { aDatabase, type TestDatabase } from '../fixtures/database.ts'
import { aKey, aVault } from '../fixtures/vault.ts'

/** Imports lines of which some may be bad; returns what was said. */
async function attempt(database: TestDatabase, vault: Vault, lines: readonly object[]) {
  const refused: string[] = []
  const summary = await importAccounts(
    database.db,
    Readable.from(lines.map((line) => Buffer.from(`${JSON.stringify(line)}\n`))),
    {
      vault,
      allowPrivateNetwork: false,
      onRefused: (line, problems) =>
        void refused.push(...problems.map(({ member, problem }) => `${line} ${member} ${problem}`)),
      onAccounts: async () => {},
    },
  )
  return { ...summary, refused }
}

const accountsIn = async (database: TestDatabase) => (await database.query('select from social_accounts')).length

describe('the same account twice in a file', () => {
  test('is refused with the number of the first line, in one batch and over many', async () => {
    await using database = await aDatabase()
    const many = Array.from({ length: 1200 }, (_, number) => aLine({ externalId: `${number}` }))

    expect(
      (await attempt(database, aVault(), [aLine({ externalId: 'a' }), aLine({ externalId: 'a' })])).refused,
    ).toEqual(['2 externalId is the same account as in line 1'])
    expect((await attempt(database, aVault(), [...many, aLine({ externalId: '3' })])).refused).toEqual([
      '1201 externalId is the same account as in line 4',
    ])
    expect(await accountsIn(database)).toBe(0)
  })

  test('is two accounts in two workspaces', async () => {
    await using database = await aDatabase()
    const lines = [aLine({ externalId: 'a' }), aLine({ externalId: 'a', workspaceId: 'ws_2' })]

    expect(await attempt(database, aVault(), lines)).toMatchObject({ created: 2, refused: [] })
  })
})

describe('a refresh token that works once', () => {
  test('cannot be connected twice, in a file or beside an account that holds it', async () => {
    await using database = await aDatabase()
    const vault = aVault()
    const twice = [aLine({}, { refreshToken: 'same' }), aLine({}, { refreshToken: 'same' })]

    expect((await attempt(database, vault, twice)).refused).toEqual([
      '2 credential.refreshToken is the same token as in line 1',
    ])
    await connect(database, vault, twice[0] ?? {})
    expect((await attempt(database, vault, twice.slice(1))).refused).toEqual([
      '1 credential.refreshToken is held by another account already',
    ])
  })

  test('is recognised after a new key was put in front', async () => {
    await using database = await aDatabase()
    const [old, fresh] = [aKey('old'), aKey('fresh')]
    await connect(database, openVault([old]), aLine({}, { refreshToken: 'same' }))

    expect(
      (await attempt(database, openVault([fresh, old]), [aLine({}, { refreshToken: 'same' })])).refused,
    ).toHaveLength(1)
  })

  test('may be imported again for its own account, until it has been used', async () => {
    await using database = await aDatabase()
    const vault = aVault()
    const line = aLine({}, { refreshToken: 'first' })
    await connect(database, vault, line)

    expect(await attempt(database, vault, [line])).toMatchObject({ accounts: 1, created: 0 })

    const [successor] = vault.fingerprints('second')
    await database.query('update account_credentials set refresh_token_fingerprint = $1', [successor])
    expect((await attempt(database, vault, [line])).refused).toEqual([
      '1 credential.refreshToken was used up since its last import: we hold a newer one, leave this line out',
    ])
  })
})

describe('the refresh token that an account holds', () => {
  const columns = `a.display_name, a.status, a.last_refresh_error, c.version, s.lease_id, s.attempt_id,
    s.in_doubt_at is not null as in_doubt`
  const see = (database: TestDatabase) =>
    database.query(
      `select ${columns} from social_accounts a join refresh_schedule s on s.account_id = a.id
       join account_credentials c on c.account_id = a.id`,
    )

  test.each([
    ['is being shown', "lease_id = gen_random_uuid(), leased_until = now() + interval '1 minute', attempt_id = 1"],
    ['is in doubt', 'in_doubt_at = now()'],
  ])('is left alone by another import while it %s: the answer to it is newer', async (_, state) => {
    await using database = await aDatabase()
    const vault = aVault()
    const line = aLine({ externalId: 'a' }, { refreshToken: 'held' })
    await connect(database, vault, line)
    await database.query(`update refresh_schedule set ${state}`)
    await database.query("update social_accounts set last_refresh_error = 'x'")
    const [before] = await see(database)

    const summary = await attempt(database, vault, [{ ...line, displayName: 'New' }])

    expect(summary).toMatchObject({ accounts: 1, created: 0 })
    expect(await see(database)).toEqual([{ ...before, display_name: 'New' }])
  })
})

describe('a reconnect', () => {
  test('ends what was under way for the account and starts over', async () => {
    await using database = await aDatabase()
    const vault = aVault()
    const [id] = await connect(database, vault, aLine({ externalId: 'a' }))
    await database.query(
      "update social_accounts set status = 'TOKEN_EXPIRED', last_refresh_error = 'x', last_refreshed_at = now()",
    )
    await database.query(
      'update refresh_schedule set due_at = null, renewable = false, in_doubt_at = now(), lease_id = gen_random_uuid(), attempt_id = 1, consecutive_failures = 9',
    )

    await connect(database, vault, aLine({ externalId: 'a', displayName: 'New' }))

    const [row] = await database.query(
      'select * from social_accounts a join refresh_schedule s on s.account_id = a.id join account_credentials c on c.account_id = a.id',
    )
    expect(row).toMatchObject({
      id,
      status: 'ACTIVE',
      last_refresh_error: null,
      display_name: 'New',
      version: 2,
      renewable: true,
      in_doubt_at: null,
      lease_id: null,
      attempt_id: null,
      consecutive_failures: 0,
      due_at: expect.any(Date),
      last_refreshed_at: expect.any(Date),
    })
  })
})

describe('an account is scheduled', () => {
  test('at once when its token is over, and never when nothing ends', async () => {
    await using database = await aDatabase()
    const over = aLine({ tokenExpiresAt: new Date(Date.now() - 1000).toISOString() }, { issuedAt: null })
    await connect(database, aVault(), over, aLine({ tokenExpiresAt: null }, { refreshToken: null, issuedAt: null }))

    const rows = await database.query(
      'select due_at <= now() as due, renewable from refresh_schedule order by renewable desc',
    )

    expect(rows).toEqual([
      { due: true, renewable: true },
      { due: null, renewable: false },
    ])
  })
})

test('two imports at once of the same accounts wait for each other', async () => {
  await using database = await aDatabase()
  const vault = aVault()
  const lines = Array.from({ length: 700 }, (_, number) => aLine({ externalId: `${number}` }))

  const summaries = await Promise.all([attempt(database, vault, lines), attempt(database, vault, [...lines].reverse())])

  expect(summaries.map(({ created }) => created).sort((one, other) => one - other)).toEqual([0, 700])
  expect(await accountsIn(database)).toBe(700)
})

test('a stream that breaks off leaves nothing behind', async () => {
  await using database = await aDatabase()
  async function* broken() {
    yield Buffer.from(`${JSON.stringify(aLine())}\n`)
    throw new Error('the pipe broke')
  }

  const importing = importAccounts(database.db, broken(), {
    vault: aVault(),
    allowPrivateNetwork: false,
    onRefused: () => {},
    onAccounts: async () => {},
  })

  await expect(importing).rejects.toThrow('the pipe broke')
  expect(await accountsIn(database)).toBe(0)
})
