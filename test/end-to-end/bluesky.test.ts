import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { openVault } from '../../src/vault.ts'
import { aDatabase, type TestDatabase } from '../fixtures/database.ts'
import { APP_PASSWORD_NAME, type AppPasswordSession, aPds, type LocalPds } from '../fixtures/pds.ts'
import { run, start } from '../fixtures/process.ts'
import { backends, isMissing } from '../fixtures/redis.ts'

const key = randomBytes(32)

/** Takes seconds to start; every test has accounts of its own on it. */
let pds: LocalPds
beforeAll(async () => {
  pds = await aPds()
})
afterAll(() => pds[Symbol.asyncDispose]())

const lineOf = ({ did, handle, accessJwt, refreshJwt }: AppPasswordSession, credential: object) =>
  `${JSON.stringify({
    workspaceId: 'ws_1',
    platform: 'BLUESKY',
    externalId: did,
    handle,
    scopes: [],
    // As if the two hours were over.
    tokenExpiresAt: new Date(Date.now() + 60_000).toISOString(),
    credential: {
      accessToken: accessJwt,
      refreshToken: refreshJwt,
      issuedAt: new Date(Date.now() - 7_140_000).toISOString(),
      ...credential,
    },
  })}\n`

const settings = (database: TestDatabase, pds: LocalPds, redisUrl: string | undefined) => ({
  DATABASE_URL: database.url,
  REDIS_URL: redisUrl ?? '',
  TOKEN_ENCRYPTION_KEYS: `k1:${key.toString('base64')}`,
  BLUESKY_PLC_URL: pds.plcUrl,
  ALLOW_PRIVATE_NETWORK: '1',
  PORT: '0',
  SCAN_INTERVAL_MS: '200',
})

async function stored(database: TestDatabase, id: string) {
  const [row] = await database.query<{
    sealed: string
    version: number
    status: string
    expires: Date
    error: string | null
  }>(
    `select c.sealed, c.version, a.status, a.token_expires_at as expires, a.last_refresh_error as error
     from social_accounts a join account_credentials c on c.account_id = a.id where a.id = $1`,
    [id],
  )
  if (row === undefined) throw new Error('the account is not there')
  const opened = openVault([{ kid: 'k1', key }]).open(row.sealed, { accountId: id, version: row.version })
  if (opened.kind !== 'opened') throw new Error(opened.reason)
  return {
    ...row,
    credential: opened.content as { accessToken: string; refreshToken: string; pdsUrl: string; did: string },
  }
}

describe.each(backends)('a real Bluesky account, with the queue in $backend', ({ backend, redis }) => {
  test.skipIf(isMissing(backend))('is renewed twice by the daemon, with the rotated token', async () => {
    await using database = await aDatabase()
    await using server = await redis()
    const env = settings(database, pds, server?.url)
    const session = await pds.openSession(`alice-${backend}.test`)
    const imported = await run(['accounts', 'import', '-'], { env, input: lineOf(session, { pdsUrl: pds.url }) })
    const { id } = JSON.parse(imported.stdout)

    await using daemon = start(['daemon'], { env })
    await vi.waitFor(async () => expect((await stored(database, id)).version).toBe(2), 30_000)
    const first = await stored(database, id)
    expect(first).toMatchObject({ status: 'ACTIVE', error: null, credential: { did: session.did, pdsUrl: pds.url } })
    expect(first.credential.refreshToken).not.toBe(session.refreshJwt)
    expect(first.expires.getTime() - Date.now()).toBeGreaterThan(7_000_000)

    const refreshed = await run(['refresh', id, '--wait'], { env })
    expect(refreshed).toMatchObject({ code: 0, stdout: expect.stringContaining('renewed') })
    const second = await stored(database, id)
    expect(second.version).toBe(3)
    expect(second.credential.refreshToken).not.toBe(first.credential.refreshToken)
    const check = await pds.call('com.atproto.server.refreshSession', { token: second.credential.refreshToken })
    expect(check.status).toBe(200)

    daemon.signal('SIGTERM')
    expect(await daemon.ended).toMatchObject({ code: 0 })
  })
})

describe('a real Bluesky server', () => {
  test('is found through the DID alone', async () => {
    await using database = await aDatabase()
    const env = settings(database, pds, undefined)
    const session = await pds.openSession('bob.test')
    const imported = await run(['accounts', 'import', '-'], { env, input: lineOf(session, { did: session.did }) })
    const { id } = JSON.parse(imported.stdout)

    await using _daemon = start(['daemon'], { env })
    await vi.waitFor(async () => expect((await stored(database, id)).version).toBe(2), 30_000)

    expect(await stored(database, id)).toMatchObject({ credential: { pdsUrl: pds.url } })
  })

  test('that revoked the app password makes the account wait for its owner, and a stored app password opens a new session', async () => {
    await using database = await aDatabase()
    const env = settings(database, pds, undefined)
    const revoked = await pds.openSession('carol.test')
    await pds.call('com.atproto.server.revokeAppPassword', {
      token: revoked.ownersAccessJwt,
      body: { name: APP_PASSWORD_NAME },
    })
    const loggedOut = await pds.openSession('dave.test')
    await pds.call('com.atproto.server.deleteSession', { token: loggedOut.refreshJwt })
    const known = { pdsUrl: pds.url, did: loggedOut.did, appPassword: loggedOut.appPassword }
    const input = lineOf(revoked, { pdsUrl: pds.url }) + lineOf(loggedOut, known)
    const imported = await run(['accounts', 'import', '-'], { env, input })
    const [dead, healed] = imported.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).id)

    await using _daemon = start(['daemon'], { env })
    await vi.waitFor(async () => expect((await stored(database, healed)).version).toBe(2), 30_000)
    await vi.waitFor(async () => expect((await stored(database, dead)).error).not.toBeNull(), 30_000)

    expect(await stored(database, dead)).toMatchObject({
      status: 'ACTIVE',
      error: expect.stringContaining('reconnect it before then'),
    })
    expect(await stored(database, healed)).toMatchObject({ status: 'ACTIVE', error: null })
  })
})
