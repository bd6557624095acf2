import { expect, test } from 'vitest'
import { ACCOUNT_COLUMNS, writeAccount } from '../../src/database/account-json.ts'
import { type UnreadRow, unread } from '../../src/database/unread.ts'
import { aDatabase, type TestDatabase } from '../fixtures/database.ts'
import { aRow } from '../fixtures/rows.ts'

/** What is written of an account, read again, in a session of a time zone. */
async function write(database: TestDatabase, id: string, zone: string) {
  const client = await database.db.connect()
  try {
    await client.query(`set timezone = '${zone}'`)
    const statement = unread(`select ${ACCOUNT_COLUMNS} from social_accounts a where id = $1`, [id])
    const { rows } = await client.query<UnreadRow>(statement)
    return JSON.parse(writeAccount(rows[0] ?? []))
  } finally {
    client.release(true)
  }
}

const TEXTS = [
  'plain',
  '',
  'Nëwest 🚀',
  '"quoted"',
  'back\\slash',
  'line\nbreak\ttab',
  'bell\u0007',
  '\u2028',
  '{}',
  'a,b',
]

test.each(TEXTS)('the text %j is written as it is', async (text) => {
  await using database = await aDatabase()
  const id = await aRow(database, { display_name: text, meta: { [text]: [text, { deep: null }] } })

  expect(await write(database, id, 'UTC')).toMatchObject({
    displayName: text,
    meta: { [text]: [text, { deep: null }] },
    avatarUrl: null,
    lastRefreshErrorStatus: null,
  })
})

test.each([
  [['tweet.read', 'users.read']],
  [[]],
  [['https://www.googleapis.com/auth/youtube']],
  [['NULL', 'null', 'NULLABLE']],
  [['with space', 'a,b', '{x}', '"', '\\', '', 'bell\u0007']],
])('the scopes %j are written as they are', async (scopes) => {
  await using database = await aDatabase()
  const id = await aRow(database, { scopes })

  expect(await write(database, id, 'UTC')).toMatchObject({ scopes })
})

test.each([
  ['2026-11-24T10:00:00Z', '2026-11-24T10:00:00.000Z'],
  ['2026-11-24T10:00:00.5Z', '2026-11-24T10:00:00.500Z'],
  ['2026-11-24T10:00:00.123999Z', '2026-11-24T10:00:00.123Z'],
  ['0999-01-01T00:00:00Z', '0999-01-01T00:00:00.000Z'],
])('the moment %s is written in UTC with milliseconds, whatever the time zone', async (moment, written) => {
  await using database = await aDatabase()
  const id = await aRow(database, { connected_at: moment, token_expires_at: null })

  for (const zone of ['UTC', 'Asia/Kolkata', 'America/St_Johns'])
    expect(await write(database, id, zone), zone).toMatchObject({ connectedAt: written, tokenExpiresAt: null })
})
