import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { refresh } from '../../src/refresh/refresh.ts'
import { connect } from '../fixtures/account.ts'
import { aDatabase, type TestDatabase } from '../fixtures/database.ts'
import { APP_PASSWORD_NAME, aPds, type LocalPds } from '../fixtures/pds.ts'
import { appPasswordLine, settingsFor, storedAccount } from '../fixtures/pds-accounts.ts'
import { run, start } from '../fixtures/process.ts'
import { backends, isMissing } from '../fixtures/redis.ts'
import { aContext } from '../fixtures/refresh-context.ts'

/** Takes seconds to start; every test has accounts of its own on it. */
let pds: LocalPds
beforeAll(async () => {
  pds = await aPds()
})
afterAll(() => pds[Symbol.asyncDispose]())

const lineOf = (...of: Parameters<typeof appPasswordLine>) => `${JSON.stringify(appPasswordLine(...of))}\n`

describe.each(backends)('a real Bluesky account, with the queue in $backend', ({ backend, redis }) => {
  test.skipIf(isMissing(backend))('is renewed twice by the daemon, with the rotated token', async () => {
    await using database = await aDatabase()
    await using server = await redis()
    const env = settingsFor(database, pds, server?.url)
    const session = await pds.openSession(`alice-${backend}.test`)
    const imported = await run(['accounts', 'import', '-'], { env, input: lineOf(session, { pdsUrl: pds.url }) })
    const { id } = JSON.parse(imported.stdout)

    await using daemon = start(['daemon'], { env })
    await vi.waitFor(async () => expect((await storedAccount(database, id)).version).toBe(2), 30_000)
    const first = await storedAccount(database, id)
    expect(first).toMatchObject({ status: 'ACTIVE', error: null, credential: { did: session.did, pdsUrl: pds.url } })
    expect(first.credential.refreshToken).not.toBe(session.refreshJwt)
    expect(first.expires.getTime() - Date.now()).toBeGreaterThan(7_000_000)

    const refreshed = await run(['refresh', id, '--wait'], { env })
    expect(refreshed).toMatchObject({ code: 0, stdout: expect.stringContaining('renewed') })
    const second = await storedAccount(database, id)
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
    const env = settingsFor(database, pds)
    const session = await pds.openSession('bob.test')
    const imported = await run(['accounts', 'import', '-'], { env, input: lineOf(session, { did: session.did }) })
    const { id } = JSON.parse(imported.stdout)

    await using _daemon = start(['daemon'], { env })
    await vi.waitFor(async () => expect((await storedAccount(database, id)).version).toBe(2), 30_000)

    expect(await storedAccount(database, id)).toMatchObject({ credential: { pdsUrl: pds.url } })
  })

  test('that revoked the app password makes the account wait for its owner, and a stored app password opens a new session', async () => {
    await using database = await aDatabase()
    const env = settingsFor(database, pds)
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
    await vi.waitFor(async () => expect((await storedAccount(database, healed)).version).toBe(2), 30_000)
    await vi.waitFor(async () => expect((await storedAccount(database, dead)).error).not.toBeNull(), 30_000)

    expect(await storedAccount(database, dead)).toMatchObject({
      status: 'ACTIVE',
      error: expect.stringContaining('reconnect it before then'),
    })
    expect(await storedAccount(database, healed)).toMatchObject({ status: 'ACTIVE', error: null })
  })
})

/** Refreshes an account at the real server, without a daemon around it. */
async function refreshed(database: TestDatabase, line: object) {
  await using context = aContext(database, pds.url, { BLUESKY_PLC_URL: pds.plcUrl })
  const [accountId = ''] = await connect(database, context.vault, line)
  const attempt = await refresh(context, { accountId, trigger: 'operator', requestedAt: new Date() })
  return { attempt, account: await storedAccount(database, accountId, context.vault) }
}

describe('an account of a real server', () => {
  test('that was taken down is revoked', async () => {
    await using database = await aDatabase()
    const session = await pds.openSession('taken.test')
    await pds.administrate('com.atproto.admin.updateSubjectStatus', {
      subject: { $type: 'com.atproto.admin.defs#repoRef', did: session.did },
      takedown: { applied: true, ref: 'test' },
    })

    const { attempt, account } = await refreshed(database, appPasswordLine(session, { pdsUrl: pds.url }))

    expect(attempt).toMatchObject({ outcome: 'revoked', code: 'AccountTakedown', httpStatus: 401 })
    expect(account).toMatchObject({ status: 'REVOKED', version: 1 })
  })

  test('that its owner deactivated keeps its tokens and gets new ones', async () => {
    await using database = await aDatabase()
    const session = await pds.openSession('sleeping.test')
    await pds.call('com.atproto.server.deactivateAccount', { token: session.ownersAccessJwt, body: {} })

    const { attempt, account } = await refreshed(database, appPasswordLine(session, { pdsUrl: pds.url }))

    expect(attempt).toMatchObject({ outcome: 'renewed' })
    expect(account).toMatchObject({ status: 'ACTIVE', version: 2, error: null })
  })

  test('that was deleted there is revoked, once the directory says that it has not moved', async () => {
    await using database = await aDatabase()
    const session = await pds.openSession('gone.test')
    await pds.administrate('com.atproto.admin.deleteAccount', { did: session.did })

    const { attempt, account } = await refreshed(database, appPasswordLine(session, { pdsUrl: pds.url }))

    expect(attempt).toMatchObject({ outcome: 'revoked', httpStatus: 400 })
    expect(account).toMatchObject({ status: 'REVOKED', version: 1 })
  })

  test('whose main password was changed is healed by its stored app password, and only by that', async () => {
    await using database = await aDatabase()
    const [healed, dead] = [await pds.openSession('healed.test'), await pds.openSession('locked.test')]
    for (const { did } of [healed, dead]) {
      await pds.administrate('com.atproto.admin.updateAccountPassword', { did, password: 'another-password' })
    }
    const { did, appPassword } = healed

    const one = await refreshed(database, appPasswordLine(healed, { pdsUrl: pds.url, did, appPassword }))
    const other = await refreshed(database, appPasswordLine(dead, { pdsUrl: pds.url }))

    expect(one.attempt).toMatchObject({ outcome: 'renewed', httpStatus: 200 })
    expect(one.account).toMatchObject({ status: 'ACTIVE', version: 2 })
    expect(other.attempt).toMatchObject({ outcome: 'token_expired', code: 'ExpiredToken', httpStatus: 400 })
  })

  test('whose app password was removed is revoked, although the password is stored', async () => {
    await using database = await aDatabase()
    const session = await pds.openSession('removed.test')
    await pds.call('com.atproto.server.revokeAppPassword', {
      token: session.ownersAccessJwt,
      body: { name: APP_PASSWORD_NAME },
    })
    const { did, appPassword } = session

    const { attempt, account } = await refreshed(
      database,
      appPasswordLine(session, { pdsUrl: pds.url, did, appPassword }),
    )

    expect(attempt).toMatchObject({ outcome: 'revoked', code: 'AuthenticationRequired', httpStatus: 401 })
    expect(account).toMatchObject({ status: 'REVOKED' })
  })
})
