import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { openEscrow } from '../../src/escrow/escrow.ts'
import type { MasterKey } from '../../src/master-key.ts'
import { refresh } from '../../src/refresh/refresh.ts'
import { STEPS, type Step } from '../../src/steps.ts'
import { openVault } from '../../src/vault.ts'
import { aDueLine, connect } from '../fixtures/account.ts'
import { aDataDir, type DataDir } from '../fixtures/data-dir.ts'
import { aDatabase, type TestDatabase } from '../fixtures/database.ts'
import { silentLog } from '../fixtures/log.ts'
import { aPlatformServer, type PlatformServer } from '../fixtures/platform-server.ts'
import { start } from '../fixtures/process.ts'
import { aContext, type TestContext } from '../fixtures/refresh-context.ts'
import { aStrictX } from '../fixtures/strict-x.ts'
import { aKey } from '../fixtures/vault.ts'

const KILL_AT = fileURLToPath(new URL('../fixtures/kill-at.ts', import.meta.url))

/** What a kill at this step leaves behind, and how the account ends that others then find. */
const EXPECTED: Readonly<
  Record<Step, { shown: number; version: number; end: 'renewed' | 'lost' | 'kept' | 'nothing to do' }>
> = {
  before_claim: { shown: 0, version: 1, end: 'renewed' },
  after_claim: { shown: 0, version: 1, end: 'renewed' },
  before_send: { shown: 0, version: 1, end: 'renewed' },
  // The platform has no grace: what it gave to the process that died is gone. Nobody else's fault, and counted.
  after_send: { shown: 1, version: 1, end: 'lost' },
  after_answer: { shown: 1, version: 1, end: 'lost' },
  // It is in a file by then.
  before_commit: { shown: 1, version: 1, end: 'kept' },
  after_commit: { shown: 1, version: 2, end: 'nothing to do' },
  at_end: { shown: 1, version: 2, end: 'nothing to do' },
}

const envOf = (
  database: TestDatabase,
  platform: PlatformServer,
  { key, dataDir }: { key: MasterKey; dataDir: DataDir },
) => ({
  ...{ DATABASE_URL: database.url, X_BASE_URL: platform.origin, X_CLIENT_ID: 'client', X_CLIENT_SECRET: 'secret' },
  ...{ TOKEN_ENCRYPTION_KEYS: `${key.kid}:${key.key.toString('base64')}`, PORT: '0', SCAN_INTERVAL_MS: '200' },
  DATA_DIR: dataDir.path,
})

async function tryAgain(database: TestDatabase, context: TestContext, accountId: string) {
  await database.query('update refresh_schedule set leased_until = now() where leased_until is not null')
  const { rows } = await context.db.query<{ now: Date }>('select clock_timestamp() as now')
  return refresh(context, { accountId, trigger: 'operator', requestedAt: rows[0]?.now ?? new Date() })
}

describe('a process that is killed', () => {
  test.each(STEPS)('%s leaves an account that the next one understands', async (step) => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    await using dataDir = aDataDir()
    const key = aKey()
    const vault = openVault([key])
    await using ours = aContext(database, platform.origin)
    const escrow = openEscrow({ redisUrl: null, dataDir: dataDir.path, vault, log: silentLog })
    const context = { ...ours, vault, escrow }
    const [id = ''] = await connect(database, vault, aDueLine({}, { refreshToken: 'token' }))
    const { answer, shown } = aStrictX(['token'])
    platform.answerAll(answer)
    const expected = EXPECTED[step]

    const env = envOf(database, platform, { key, dataDir })
    await using daemon = start(['daemon'], { env: { ...env, KILL_AT: step }, nodeOptions: ['--import', KILL_AT] })
    expect(await daemon.ended).toMatchObject({ code: null })

    await expect.poll(() => shown.get('token') ?? 0).toBe(expected.shown)
    await expect
      .poll(() => database.query('select version from account_credentials'))
      .toEqual([{ version: expected.version }])
    if (expected.end === 'nothing to do') {
      expect(await database.query('select status, last_refresh_error from social_accounts')).toEqual([
        { status: 'ACTIVE', last_refresh_error: null },
      ])
      expect(await database.query('select outcome from refresh_attempts')).toEqual([{ outcome: 'renewed' }])
      return
    }
    if (expected.end === 'kept') {
      // Before anybody shows the old token.
      expect(await tryAgain(database, context, id)).toMatchObject({ outcome: 'superseded', code: 'restored' })
      expect(shown.get('token')).toBe(expected.shown)
      expect(await database.query('select version from account_credentials')).toEqual([{ version: 2 }])
      expect(await database.query('select outcome, lost_rotation from refresh_attempts')).toEqual([
        { outcome: 'renewed', lost_rotation: false },
      ])
      return
    }
    if (step !== 'before_claim') {
      expect(await tryAgain(database, context, id)).toMatchObject({ outcome: 'in_doubt', code: 'interrupted' })
      expect(shown.get('token') ?? 0).toBe(expected.shown)
      // Little is left to lose.
      await database.query("update social_accounts set token_expires_at = now() + interval '30 s'")
    }
    expect(await tryAgain(database, context, id)).toMatchObject(
      expected.end === 'renewed' ? { outcome: 'renewed' } : { outcome: 'token_expired', lostRotation: true },
    )
  })

  test('before_commit leaves what the one that takes its place saves at its start', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    await using dataDir = aDataDir()
    const key = aKey()
    await connect(database, openVault([key]), aDueLine({}, { refreshToken: 'token' }))
    const { answer, shown } = aStrictX(['token'])
    platform.answerAll(answer)
    const env = envOf(database, platform, { key, dataDir })
    await using killed = start(['daemon'], {
      env: { ...env, KILL_AT: 'before_commit' },
      nodeOptions: ['--import', KILL_AT],
    })
    expect(await killed.ended).toMatchObject({ code: null })
    expect(await database.query('select version from account_credentials')).toEqual([{ version: 1 }])

    await using _next = start(['daemon'], { env })

    await expect
      .poll(() => database.query('select version from account_credentials'), { timeout: 30_000 })
      .toEqual([{ version: 2 }])
    expect(shown.get('token')).toBe(1)
    expect(await database.query('select outcome, lost_rotation from refresh_attempts')).toEqual([
      { outcome: 'renewed', lost_rotation: false },
    ])
  })
})
