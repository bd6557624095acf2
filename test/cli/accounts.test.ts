import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { aLine } from '../fixtures/account.ts'
import { aDatabase, type TestDatabase } from '../fixtures/database.ts'
import { run } from '../fixtures/process.ts'

const KEYS = `k1:${randomBytes(32).toString('base64')}`

const envOf = (database: TestDatabase) => ({
  DATABASE_URL: database.url,
  TOKEN_ENCRYPTION_KEYS: KEYS,
  X_CLIENT_ID: 'client',
})
const ndjson = (...lines: object[]) => lines.map((line) => `${JSON.stringify(line)}\n`).join('')
const objects = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))

describe('accounts import', () => {
  test('prints an account per line and connects the same account again under its id', async () => {
    await using database = await aDatabase()
    const env = envOf(database)
    const first = await run(['accounts', 'import', '-'], {
      env,
      input: ndjson(aLine({ externalId: '1' }), aLine({ externalId: '2' })),
    })

    expect(first).toMatchObject({ code: 0, stderr: 'Imported 2: 2 new, 0 connected again.\n' })
    const created = objects(first.stdout)
    expect(created).toMatchObject([
      { workspaceId: 'ws_1', platform: 'X', externalId: '1', created: true },
      { externalId: '2', created: true },
    ])
    expect(created[0].id).toMatch(/^soc_[a-z0-9]{24}$/)
    await database.query(
      "update social_accounts set status = 'REVOKED', last_refresh_error = 'gone', connected_at = '2020-01-01'",
    )

    const again = await run(['accounts', 'import', '-'], {
      env,
      input: ndjson(aLine({ externalId: '1', handle: '@renamed' })),
    })

    expect(objects(again.stdout)).toEqual([{ ...created[0], created: false }])
    const [row] = await database.query('select * from social_accounts where id = $1', [created[0].id])
    expect(row).toMatchObject({
      status: 'ACTIVE',
      last_refresh_error: null,
      handle: '@renamed',
      connected_at: new Date('2020-01-01T00:00:00Z'),
    })
  })

  test('stores nothing when a line is bad, and names every bad line with its member but never its token', async () => {
    await using database = await aDatabase()
    const lines = [
      JSON.stringify(aLine()),
      'no json CANARY',
      JSON.stringify(aLine({ tokenExpiresAt: 'tomorrow' })),
      '',
      JSON.stringify(aLine({ handle: undefined }, { refreshToken: 'CANARY', refreshtoken: 'CANARY' })),
    ]

    const ran = await run(['accounts', 'import', '-'], { env: envOf(database), input: lines.join('\n') })

    expect(ran.code).toBe(1)
    expect(ran.stdout).toBe('')
    expect(ran.stderr.split('\n')).toEqual([
      'line 2: line: is not JSON: one object per line is expected',
      'line 3: tokenExpiresAt: must be a moment like 2026-11-23T12:00:00Z',
      'line 5: handle: is missing',
      'line 5: credential.refreshtoken: is not a member of the format',
      'Nothing was imported: 3 lines were refused.',
      '',
    ])
    expect(await database.query('select from social_accounts')).toEqual([])
  })

  test('takes more than fits into its memory', async () => {
    await using database = await aDatabase()
    const meta = { filler: 'x'.repeat(4000) }
    const input = ndjson(...Array.from({ length: 8000 }, (_, number) => aLine({ externalId: `${number}`, meta })))
    expect(input.length).toBeGreaterThan(32_000_000)

    const ran = await run(['accounts', 'import', '-'], {
      env: envOf(database),
      input,
      nodeOptions: ['--max-old-space-size=48'],
    })

    expect(ran.stderr).toBe('Imported 8000: 8000 new, 0 connected again.\n')
    expect(ran.code).toBe(0)
    expect(ran.stdout.match(/\n/g)).toHaveLength(8000)
  }, 180_000)

  test('says what is wrong with a file that is not there', async () => {
    await using database = await aDatabase()

    expect(await run(['accounts', 'import', '/nowhere.ndjson'], { env: envOf(database) })).toMatchObject({
      code: 1,
      stderr: 'The file /nowhere.ndjson is not there or cannot be read.\n',
    })
  })
})

describe('accounts list', () => {
  test('shows what is connected, as a table or as JSON, filtered', async () => {
    await using database = await aDatabase()
    const env = envOf(database)
    await run(['accounts', 'import', '-'], {
      env,
      input: ndjson(aLine({ handle: '@one' }), aLine({ handle: '@two', workspaceId: 'ws_2' })),
    })

    const table = await run(['accounts', 'list'], { env })
    const json = await run(
      ['accounts', 'list', '--json', '--workspace', 'ws_2', '--platform', 'X', '--status', 'ACTIVE'],
      { env },
    )

    expect(table.stdout).toContain('HANDLE')
    expect(table.stdout).toContain('@one')
    expect(JSON.parse(json.stdout)).toMatchObject([{ handle: '@two', workspaceId: 'ws_2', status: 'ACTIVE' }])
    expect((await run(['accounts', 'list', '--json', '--platform', 'BLUESKY'], { env })).stdout).toBe('[]\n')
    expect((await run(['accounts', 'list', '--platform', 'MYSPACE'], { env })).code).toBe(2)
  })

  test('lets nothing in a name steer the terminal', async () => {
    await using database = await aDatabase()
    const env = envOf(database)
    await run(['accounts', 'import', '-'], { env, input: ndjson(aLine({ handle: '\u001b[31mred\u0007' })) })

    expect((await run(['accounts', 'list'], { env })).stdout).toContain('?[31mred?')
  })
})

describe('accounts disconnect', () => {
  test('erases the credential, and a later connection is a new account', async () => {
    await using database = await aDatabase()
    const env = envOf(database)
    const line = aLine({ externalId: '1' })
    const [account] = objects((await run(['accounts', 'import', '-'], { env, input: ndjson(line) })).stdout)

    expect(await run(['accounts', 'disconnect', account.id], { env })).toMatchObject({ code: 0 })

    expect(await database.query('select from account_credentials')).toEqual([])
    expect(await database.query('select from refresh_schedule')).toEqual([])
    expect(await database.query('select status from social_accounts')).toEqual([{ status: 'DISCONNECTED' }])
    expect(await run(['accounts', 'disconnect', account.id], { env })).toMatchObject({
      code: 1,
      stderr: `There is no connected account ${account.id}.\n`,
    })
    const [again] = objects((await run(['accounts', 'import', '-'], { env, input: ndjson(line) })).stdout)
    expect(again).toMatchObject({ created: true })
    expect(again.id).not.toBe(account.id)
  })
})
