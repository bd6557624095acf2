import { describe, expect, test, vi } from 'vitest'
import type { Credential } from '../../src/platforms/credential.ts'
import type { Vault } from '../../src/vault.ts'
import { aDueLine, connect } from '../fixtures/account.ts'
import { aDaemon } from '../fixtures/daemon.ts'
import { aDatabase, type TestDatabase } from '../fixtures/database.ts'
import { anOAuthServer, type OAuthServer, ROTATING, STAYING } from '../fixtures/oauth-server.ts'
import { aVault } from '../fixtures/vault.ts'

/** X says it like this; the server says `invalid_grant`. */
const X_DEAD = { error: 'invalid_request', error_description: 'Value passed for the token was invalid.' }

interface Setting {
  readonly database: TestDatabase
  readonly server: OAuthServer
  readonly vault: Vault
}

/** A daemon whose platforms are all this server. */
const daemonOf = ({ database, server, vault }: Setting, env: Record<string, string> = {}) =>
  aDaemon({
    ...{ database, vault, origin: server.origin, redisUrl: null },
    env: {
      ...{ X_CLIENT_ID: ROTATING.id, X_CLIENT_SECRET: ROTATING.secret },
      ...{ YOUTUBE_BASE_URL: server.origin, YOUTUBE_CLIENT_ID: STAYING.id, YOUTUBE_CLIENT_SECRET: STAYING.secret },
      ...{ LINKEDIN_BASE_URL: server.origin, LINKEDIN_CLIENT_ID: STAYING.id, LINKEDIN_CLIENT_SECRET: STAYING.secret },
      ...env,
    },
  })

/** What the account holds, once its credential has this version. */
async function credentialOf({ database, vault }: Setting, accountId: string, version: number): Promise<Credential> {
  const sealed = await vi.waitFor(async () => {
    const [row] = await database.query<{ version: number; sealed: string }>(
      'select version, sealed from account_credentials where account_id = $1',
      [accountId],
    )
    expect(row?.version).toBe(version)
    return row?.sealed ?? ''
  }, 30_000)
  const opened = vault.open(sealed, { accountId, version })
  if (opened.kind !== 'opened') throw new Error(opened.reason)
  return opened.content as Credential
}

const accountOf = async ({ database }: Setting) =>
  (await database.query('select status, last_refresh_error, last_refresh_error_status from social_accounts'))[0]

const outcomesOf = async ({ database }: Setting) =>
  (await database.query<{ outcome: string }>('select outcome from refresh_attempts order by id')).map(
    ({ outcome }) => outcome,
  )

const makeDue = ({ database }: Setting) => database.query('update refresh_schedule set due_at = now()')

describe('at a real OAuth server', () => {
  test('an X account is refreshed twice in a row, with the rotated tokens', async () => {
    await using database = await aDatabase()
    await using server = await anOAuthServer(X_DEAD)
    const setting = { database, server, vault: aVault() }
    const first = await server.consent(ROTATING)
    const [id = ''] = await connect(database, setting.vault, aDueLine({}, { refreshToken: first }))

    await using _daemon = await daemonOf(setting)
    const second = await credentialOf(setting, id, 2)
    await makeDue(setting)
    const third = await credentialOf(setting, id, 3)

    expect(new Set([first, second.refreshToken, third.refreshToken]).size).toBe(3)
    expect(await server.rotationsOf(third.refreshToken ?? '')).toBe(2)
    expect(await server.takes(third.accessToken)).toBe(true)
    expect(await accountOf(setting)).toMatchObject({ status: 'ACTIVE', last_refresh_error: null })
  })

  test('a used token that somebody shows again ends the grant, and the account when its access token ends', async () => {
    await using database = await aDatabase()
    await using server = await anOAuthServer(X_DEAD)
    const setting = { database, server, vault: aVault() }
    const first = await server.consent(ROTATING)
    const [id = ''] = await connect(database, setting.vault, aDueLine({}, { refreshToken: first }))
    await using _daemon = await daemonOf(setting)
    const { refreshToken } = await credentialOf(setting, id, 2)

    expect(await server.show(first)).toBe(400)
    expect(await server.rotationsOf(refreshToken ?? '')).toBeNull()
    await makeDue(setting)
    await vi.waitFor(async () => expect(await outcomesOf(setting)).toEqual(['renewed', 'token_expired']), 30_000)
    expect(await accountOf(setting)).toMatchObject({
      status: 'ACTIVE',
      last_refresh_error: expect.stringContaining('reconnect it before then'),
      last_refresh_error_status: 400,
    })
    await database.query('update refresh_schedule set deadline_at = now(), due_at = now()')

    await vi.waitFor(async () => expect(await accountOf(setting)).toMatchObject({ status: 'TOKEN_EXPIRED' }), 30_000)
  })

  test('a wrong secret of ours pauses the app, and changes no account', async () => {
    await using database = await aDatabase()
    await using server = await anOAuthServer(X_DEAD)
    const setting = { database, server, vault: aVault() }
    const first = await server.consent(ROTATING)
    await connect(database, setting.vault, aDueLine({}, { refreshToken: first }))

    await using _daemon = await daemonOf(setting, { X_CLIENT_SECRET: 'wrong' })
    await vi.waitFor(async () => expect(await outcomesOf(setting)).toEqual(['app_misconfigured']), 30_000)

    await vi.waitFor(
      async () =>
        expect(await database.query('select app, reason from platform_states')).toEqual([
          { app: 'X', reason: 'app_misconfigured' },
        ]),
      30_000,
    )
    expect(await accountOf(setting)).toMatchObject({
      status: 'ACTIVE',
      last_refresh_error: expect.stringContaining('no reconnect is needed'),
    })
    expect(await database.query('select version from account_credentials')).toEqual([{ version: 1 }])
    expect(await server.rotationsOf(first)).toBe(0)
  })

  test.each(['YOUTUBE', 'LINKEDIN_PERSON'])(
    'a %s account is refreshed again and again with the token that stays',
    async (platform) => {
      await using database = await aDatabase()
      await using server = await anOAuthServer()
      const setting = { database, server, vault: aVault() }
      const refreshToken = await server.consent(STAYING)
      const [id = ''] = await connect(database, setting.vault, aDueLine({ platform }, { refreshToken }))

      await using _daemon = await daemonOf(setting)
      const second = await credentialOf(setting, id, 2)
      await makeDue(setting)
      const third = await credentialOf(setting, id, 3)

      expect([second.refreshToken, third.refreshToken]).toEqual([refreshToken, refreshToken])
      expect(second.accessToken).not.toBe(third.accessToken)
      expect(await server.takes(third.accessToken)).toBe(true)
    },
  )

  test.each(['YOUTUBE', 'LINKEDIN_PERSON'])('a %s account whose grant is unknown there ends', async (platform) => {
    await using database = await aDatabase()
    await using server = await anOAuthServer()
    const setting = { database, server, vault: aVault() }
    const ended = new Date(Date.now() - 1000).toISOString()
    await connect(database, setting.vault, aDueLine({ platform, tokenExpiresAt: ended }))

    await using _daemon = await daemonOf(setting)

    await vi.waitFor(async () => expect(await accountOf(setting)).toMatchObject({ status: 'TOKEN_EXPIRED' }), 30_000)
    expect(await outcomesOf(setting)).toEqual(['token_expired'])
  })
})
