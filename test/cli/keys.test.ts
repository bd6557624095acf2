import { describe, expect, test } from 'vitest'
import { aDatabase } from '../fixtures/database.ts'
import { run } from '../fixtures/process.ts'

describe('keys create', () => {
  test('prints the key once and stores its hash', async () => {
    await using database = await aDatabase()
    const env = { DATABASE_URL: database.url }

    const plain = await run(['keys', 'create', '--name', 'front end'], { env })
    const json = await run(['keys', 'create', '--name', 'one', '--workspace', 'ws_1', 'ws_2', '--json'], { env })

    expect(plain.stdout).toMatch(/^pb_live_[0-9A-Za-z]{32}\n$/)
    expect(JSON.parse(json.stdout)).toMatchObject({
      name: 'one',
      workspaceIds: ['ws_1', 'ws_2'],
      key: expect.stringMatching(/^pb_live_/),
    })
    const rows = await database.query<{ prefix: string }>('select * from api_keys order by created_at')
    expect(rows).toMatchObject([{ name: 'front end', workspace_ids: null }, { workspace_ids: ['ws_1', 'ws_2'] }])
    expect(plain.stdout.slice(8, 16)).toBe(rows[0]?.prefix)
    expect(JSON.stringify(rows)).not.toContain(plain.stdout.trim())
    expect((await run(['keys', 'create', '--name', 'x', '--workspace', 'a b'], { env })).code).toBe(1)
  })
})

describe('keys list', () => {
  test('shows what each key is for and never the key', async () => {
    await using database = await aDatabase()
    const env = { DATABASE_URL: database.url }
    const key = (
      await run(['keys', 'create', '--name', 'front end', '--workspace', 'ws_1', 'ws_2'], { env })
    ).stdout.trim()

    const table = await run(['keys', 'list'], { env })
    const json = await run(['keys', 'list', '--json'], { env })

    expect(table.stdout).toMatch(new RegExp(`^${key.slice(8, 16)} +front end +ws_1 ws_2 +20.*  – +–$`, 'm'))
    expect(JSON.parse(json.stdout)).toEqual([
      {
        prefix: key.slice(8, 16),
        name: 'front end',
        workspaceIds: ['ws_1', 'ws_2'],
        createdAt: expect.stringMatching(/Z$/),
        lastUsedAt: null,
        revokedAt: null,
      },
    ])
    expect(table.stdout + json.stdout).not.toContain(key.slice(16))
  })
})

describe('keys revoke', () => {
  test('revokes one key, once, and leaves the others', async () => {
    await using database = await aDatabase()
    const env = { DATABASE_URL: database.url }
    const [one = '', two = ''] = await Promise.all(
      ['one', 'two'].map(async (name) => (await run(['keys', 'create', '--name', name], { env })).stdout.trim()),
    )

    expect(await run(['keys', 'revoke', one.slice(0, 16)], { env })).toMatchObject({
      code: 0,
      stderr: `Revoked ${one.slice(8, 16)} (one).\n`,
    })
    expect(await run(['keys', 'revoke', one.slice(8, 16)], { env })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('or it is revoked already'),
    })
    const whole = await run(['keys', 'revoke', two], { env })
    expect(whole.code).toBe(1)
    expect(whole.stderr).not.toContain(two.slice(8))
    expect(await database.query('select name from api_keys where revoked_at is null')).toEqual([{ name: 'two' }])
  })
})
