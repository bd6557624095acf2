import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { RefreshRequest } from '../../src/refresh/context.ts'
import { refresh } from '../../src/refresh/refresh.ts'
import { connect } from '../fixtures/account.ts'
import { aKey } from '../fixtures/bluesky.ts'
import { aDatabase, type TestDatabase } from '../fixtures/database.ts'
import { aPds, type LocalPds } from '../fixtures/pds.ts'
import { oauthLine, settingsFor, storedAccount } from '../fixtures/pds-accounts.ts'
import { type OAuthClient, openOAuthSession, registerClient, sendAsClient } from '../fixtures/pds-oauth.ts'
import { run, start } from '../fixtures/process.ts'
import { backends, isMissing } from '../fixtures/redis.ts'
import { aContext } from '../fixtures/refresh-context.ts'

const confidential: OAuthClient = { clientId: 'https://app.example.com/client-metadata.json', key: aKey('k1') }
const publicClient: OAuthClient = { clientId: 'https://public.example.com/client-metadata.json', key: null }

/** Takes seconds to start; every test has accounts of its own on it. */
let pds: LocalPds
beforeAll(async () => {
  pds = await aPds()
  await registerClient(pds, confidential)
  await registerClient(pds, publicClient)
})
afterAll(() => pds[Symbol.asyncDispose]())

const clientSettings = ({ clientId, key }: OAuthClient): Record<string, string> => ({
  BLUESKY_CLIENT_ID: clientId,
  ...(key === null ? {} : { BLUESKY_PRIVATE_JWK: JSON.stringify(key) }),
})

const aPdsContext = (database: TestDatabase, client = confidential) =>
  aContext(database, pds.url, { BLUESKY_PLC_URL: pds.plcUrl, ...clientSettings(client) })

const now = (accountId: string): RefreshRequest => ({ accountId, trigger: 'operator', requestedAt: new Date() })

const asForm = (token: string) => ({ grant_type: 'refresh_token', refresh_token: token })

/** Refreshes a session once at the real server, without a daemon around it. */
async function refreshed(line: object, client = confidential) {
  await using database = await aDatabase()
  await using context = aPdsContext(database, client)
  const [id = ''] = await connect(database, context.vault, line)
  const attempt = await refresh(context, now(id))
  return { attempt, account: await storedAccount(database, id, context.vault) }
}

describe.each(backends)('a real OAuth session, with the queue in $backend', ({ backend, redis }) => {
  test.skipIf(isMissing(backend))('is renewed twice by the daemon, with the rotated token', async () => {
    await using database = await aDatabase()
    await using server = await redis()
    const env = { ...settingsFor(database, pds, server?.url), ...clientSettings(confidential) }
    const session = await openOAuthSession(pds, confidential, `alice-${backend}.test`)
    const input = `${JSON.stringify(oauthLine(session, pds.url))}\n`
    const imported = await run(['accounts', 'import', '-'], { env, input })
    const { id } = JSON.parse(imported.stdout)

    await using daemon = start(['daemon'], { env })
    await vi.waitFor(async () => expect((await storedAccount(database, id)).version).toBe(2), 30_000)
    const first = await storedAccount(database, id)
    expect(first).toMatchObject({ status: 'ACTIVE', error: null, credential: { did: session.did } })
    expect(first.credential.refreshToken).not.toBe(session.refreshToken)
    expect(first.expires.getTime() - Date.now()).toBeGreaterThan(3_500_000)

    const again = await run(['refresh', id, '--wait'], { env })
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('renewed') })
    const second = await storedAccount(database, id)
    expect(second.version).toBe(3)
    expect(second.credential.refreshToken).not.toBe(first.credential.refreshToken)

    daemon.signal('SIGTERM')
    expect(await daemon.ended).toMatchObject({ code: 0 })
    const check = await sendAsClient(pds, '/oauth/token', confidential, {
      dpopKey: session.dpopKey,
      form: asForm(second.credential.refreshToken),
    })
    expect(check.status).toBe(200)
  })
})

describe('the nonce of a real server', () => {
  test('is learnt on the first refresh and used from then on', async () => {
    await using database = await aDatabase()
    await using context = aPdsContext(database)
    const session = await openOAuthSession(pds, confidential, 'nonce.test')
    const [id = ''] = await connect(database, context.vault, oauthLine(session, pds.url))

    const before = context.agents.nonces.find(pds.url)
    const outcomes = [await refresh(context, now(id)), await refresh(context, now(id))].map(
      (attempt) => attempt?.outcome,
    )

    expect([before, context.agents.nonces.find(pds.url)]).toEqual([undefined, expect.any(String)])
    expect(outcomes).toEqual(['renewed', 'renewed'])
  })
})

describe('a real session', () => {
  test('of a public client is renewed without an assertion', async () => {
    const session = await openOAuthSession(pds, publicClient, 'open-client.test')

    const { attempt, account } = await refreshed(oauthLine(session, pds.url), publicClient)

    expect(attempt).toMatchObject({ outcome: 'renewed', httpStatus: 200 })
    expect(account).toMatchObject({ status: 'ACTIVE', version: 2 })
  })

  test('whose token was used elsewhere ends, and so does the account', async () => {
    const session = await openOAuthSession(pds, confidential, 'replayed.test')
    const { dpopKey, refreshToken } = session
    const elsewhere = await sendAsClient(pds, '/oauth/token', confidential, { dpopKey, form: asForm(refreshToken) })

    const { attempt, account } = await refreshed(oauthLine(session, pds.url, -1000))

    expect(attempt).toMatchObject({ outcome: 'token_expired', code: 'invalid_grant', httpStatus: 400 })
    expect(account).toMatchObject({ status: 'TOKEN_EXPIRED', version: 1 })
    const newest = asForm(String(elsewhere.json.refresh_token))
    const after = await sendAsClient(pds, '/oauth/token', confidential, { dpopKey, form: newest })
    expect([elsewhere.status, after.status]).toEqual([200, 400])
  })

  test('that the owner revoked waits for a reconnect while its access token works', async () => {
    const session = await openOAuthSession(pds, confidential, 'revoked.test')
    const { dpopKey, refreshToken } = session
    await sendAsClient(pds, '/oauth/revoke', confidential, { dpopKey, form: { token: refreshToken } })

    const { attempt, account } = await refreshed(oauthLine(session, pds.url))

    expect(attempt).toMatchObject({ outcome: 'token_expired', code: 'invalid_grant', httpStatus: 400 })
    expect(account).toMatchObject({
      status: 'ACTIVE',
      error: expect.stringContaining('reconnect it before then'),
      error_status: 400,
    })
  })

  test('of an account that was taken down is told from an expired one', async () => {
    const session = await openOAuthSession(pds, confidential, 'taken.test')
    await pds.administrate('com.atproto.admin.updateSubjectStatus', {
      subject: { $type: 'com.atproto.admin.defs#repoRef', did: session.did },
      takedown: { applied: true, ref: 'test' },
    })

    const { attempt, account } = await refreshed(oauthLine(session, pds.url))

    expect(attempt).toMatchObject({ outcome: 'revoked', code: 'invalid_grant', httpStatus: 400 })
    expect(account).toMatchObject({ status: 'REVOKED', error_status: 400 })
  })

  test('of an account that was deleted is told from an expired one', async () => {
    const session = await openOAuthSession(pds, confidential, 'gone.test')
    await pds.administrate('com.atproto.admin.deleteAccount', { did: session.did })

    const { attempt } = await refreshed(oauthLine(session, pds.url))

    expect(attempt).toMatchObject({ outcome: 'revoked', code: 'invalid_grant', httpStatus: 400 })
  })

  test('of an account whose server names another issuer has moved', async () => {
    const session = await openOAuthSession(pds, confidential, 'moved.test')

    const { attempt } = await refreshed(oauthLine(session, pds.url.replace('localhost', '127.0.0.1')))

    expect(attempt).toMatchObject({ outcome: 'token_expired', code: 'account_moved' })
  })
})

describe('a fault of our app', () => {
  test('in the client key changes no account, and the session lives on', async () => {
    await using database = await aDatabase()
    const session = await openOAuthSession(pds, confidential, 'wrong-key.test')
    await using wrong = aPdsContext(database, { ...confidential, key: aKey('k1') })
    await using right = aPdsContext(database)
    const [id = ''] = await connect(database, wrong.vault, oauthLine(session, pds.url))

    const refused = await refresh(wrong, now(id))
    const account = await storedAccount(database, id, wrong.vault)
    const renewed = await refresh({ ...right, vault: wrong.vault }, now(id))

    expect(refused).toMatchObject({ outcome: 'app_misconfigured', code: 'invalid_client', pausesApp: false })
    expect(account).toMatchObject({ status: 'ACTIVE', version: 1, error: expect.stringContaining('no reconnect') })
    expect(renewed).toMatchObject({ outcome: 'renewed' })
  })

  test('in its metadata is no fault of the account', async () => {
    const client: OAuthClient = { clientId: 'https://down.example.com/client-metadata.json', key: aKey('k1') }
    await registerClient(pds, client)
    const session = await openOAuthSession(pds, client, 'metadata.test')
    await registerClient(pds, client, true)

    const { attempt, account } = await refreshed(oauthLine(session, pds.url), client)

    expect(attempt?.outcome).toBe('app_misconfigured')
    expect(account).toMatchObject({ status: 'ACTIVE', version: 1 })
  })
})
