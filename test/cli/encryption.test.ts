import { randomBytes } from 'node:crypto'
import { describe, expect, test, vi } from 'vitest'
import { openVault } from '../../src/vault.ts'
import { aDueLine } from '../fixtures/account.ts'
import { aDatabase } from '../fixtures/database.ts'
import { aPlatformServer } from '../fixtures/platform-server.ts'
import { run, start } from '../fixtures/process.ts'
import { aStrictX } from '../fixtures/strict-x.ts'

const [OLD, NEW] = ['old', 'new'].map((kid) => ({ kid, key: randomBytes(32) })) as [Key, Key]
type Key = { kid: string; key: Buffer }
const keys = (...used: Key[]) => used.map(({ kid, key }) => `${kid}:${key.toString('base64')}`).join(',')
const ndjson = (lines: object[]) => lines.map((line) => `${JSON.stringify(line)}\n`).join('')

describe('encryption rotate', () => {
  test('beside a daemon that refreshes all the time: everything ends under the new key, and no token is lost', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    const tokens = Array.from({ length: 150 }, (_, at) => `token-${at}`)
    const x = aStrictX(tokens, { lifetimeS: 2 })
    platform.answerAll(x.answer)
    const env = {
      DATABASE_URL: database.url,
      X_BASE_URL: platform.origin,
      X_CLIENT_ID: 'client',
      PORT: '0',
      SCAN_INTERVAL_MS: '200',
      TOKEN_ENCRYPTION_KEYS: keys(OLD),
    }
    const lines = tokens.map((refreshToken) => aDueLine({}, { refreshToken }))
    await run(['accounts', 'import', '-'], { env, input: ndjson(lines) })
    const rotated = { ...env, TOKEN_ENCRYPTION_KEYS: keys(NEW, OLD) }

    await using daemon = start(['daemon'], { env: rotated })
    await vi.waitFor(() => expect(platform.arrived.length).toBeGreaterThan(100), 30_000)
    const ran = await run(['encryption', 'rotate'], { env: rotated })
    const versions = async () =>
      (await database.query<{ sum: number }>('select sum(version)::integer from account_credentials'))[0]?.sum ?? 0
    const before = await versions()
    await vi.waitFor(async () => expect(await versions()).toBeGreaterThan(before + 150), 30_000)
    daemon.signal('SIGTERM')
    await daemon.ended

    expect(ran).toMatchObject({ code: 0, stdout: '' })
    expect(ran.stderr).toMatch(/^Re-sealed \d+ with "new".\nNo other key is needed any more.\n$/)
    expect([...x.shown.values()].every((times) => times === 1)).toBe(true)
    const vault = openVault([NEW])
    const rows = await database.query<{ id: string; sealed: string; version: number }>(
      'select account_id as id, sealed, version from account_credentials',
    )
    for (const { id, sealed, version } of rows) {
      const opened = vault.open(sealed, { accountId: id, version })
      expect(opened).toMatchObject({ kind: 'opened' })
      expect(x.current.has((opened as { content: { refreshToken: string } }).content.refreshToken)).toBe(true)
    }
    expect(await database.query("select from social_accounts where status <> 'ACTIVE'")).toEqual([])
  })

  test('says what is left when a key is missing, and a daemon warns of it and starts', async () => {
    await using database = await aDatabase()
    const env = { DATABASE_URL: database.url, PORT: '0', X_CLIENT_ID: 'client' }
    await run(['accounts', 'import', '-'], {
      env: { ...env, TOKEN_ENCRYPTION_KEYS: keys(OLD) },
      input: ndjson([aDueLine()]),
    })
    const withoutOld = { ...env, TOKEN_ENCRYPTION_KEYS: keys(NEW) }

    const ran = await run(['encryption', 'rotate', '--json'], { env: withoutOld })
    await using daemon = start(['daemon'], { env: withoutOld })
    await vi.waitFor(() => expect(daemon.stdout()).toContain('the daemon runs'), 30_000)

    expect(ran.code).toBe(1)
    expect(JSON.parse(ran.stdout)).toEqual({ resealed: 0, unreadable: 1, keys: [{ kid: 'old', credentials: 1 }] })
    expect(ran.stderr).toMatch(/No key opens 1: add theirs to TOKEN_ENCRYPTION_KEYS. soc_/)
    expect(daemon.stdout()).toMatch(/"level":"error".*credentials are sealed by the key \\"old\\"/)
  })
})
