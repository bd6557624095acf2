import { describe, expect, test } from 'vitest'
import { signRequest } from '../../src/oauth/sign-request.ts'
import type { PrivateJwk } from '../../src/private-jwk.ts'
import { refresh } from '../../src/refresh/refresh.ts'
import { pretendBlueskyOAuth } from '../../src/simulator/pretend-bluesky-oauth.ts'
import { pretendPds } from '../../src/simulator/pretend-pds.ts'
import { startSimulator } from '../../src/simulator/simulator.ts'
import { connect } from '../fixtures/account.ts'
import { aKey } from '../fixtures/bluesky.ts'
import { aDatabase } from '../fixtures/database.ts'
import { aContext } from '../fixtures/refresh-context.ts'

const wish = { workspaceId: 'ws_1', lifetimeMs: 60_000, ageShare: 0.5 }

/** A simulator with one OAuth account, and a way to refresh it with chosen keys, tokens and nonces. */
async function aSession() {
  const simulator = await startSimulator({ port: 0 })
  const line = simulator.makeAccount(pretendBlueskyOAuth, wish)
  const { dpopKey, refreshToken = '' } = line.credential as { dpopKey?: PrivateJwk; refreshToken?: string }
  if (dpopKey === undefined) throw new Error('the account has no key')
  const url = `${simulator.origin}/oauth/token`
  const sign = (key: PrivateJwk, token: string, nonce?: string) =>
    signRequest(
      {
        ...{ method: 'POST', url, hostFrom: 'account', spendsToken: true },
        form: {
          grant_type: 'refresh_token',
          refresh_token: token,
          client_id: simulator.settings.BLUESKY_CLIENT_ID ?? '',
        },
        proof: { dpopKey: key, client: null },
      },
      nonce,
      new Date(),
    )
  const post = async ({ headers, form }: Awaited<ReturnType<typeof sign>>) => {
    const answer = await fetch(url, { method: 'POST', headers: headers ?? {}, body: new URLSearchParams(form) })
    return {
      status: answer.status,
      nonce: answer.headers.get('dpop-nonce') ?? '',
      json: (await answer.json()) as Record<string, string>,
    }
  }
  const nonce = (await post(await sign(dpopKey, 'nothing'))).nonce
  return { simulator, line, dpopKey, refreshToken, nonce, sign, post }
}

describe('the pretend OAuth side of Bluesky', () => {
  test('wants a proof, with its nonce, once', async () => {
    const { simulator, dpopKey, refreshToken, nonce, sign, post } = await aSession()
    await using _ = simulator

    const bare = await post({ ...(await sign(dpopKey, refreshToken)), headers: {} })
    const nonceless = await post(await sign(dpopKey, refreshToken))
    const good = await sign(dpopKey, 'nothing', nonce)
    const [first, again] = [await post(good), await post(good)]

    expect([bare.status, bare.json.error]).toEqual([401, 'invalid_dpop_proof'])
    expect([nonceless.status, nonceless.json.error]).toEqual([400, 'use_dpop_nonce'])
    expect(first.json.error).toBe('invalid_grant')
    expect([again.status, again.json.error_description]).toEqual([401, 'DPoP proof replayed'])
  })

  test('rotates, and ends the session when a used token is shown again', async () => {
    const { simulator, line, dpopKey, refreshToken, nonce, sign, post } = await aSession()
    await using _ = simulator

    const renewed = await post(await sign(dpopKey, refreshToken, nonce))
    const replayed = await post(await sign(dpopKey, refreshToken, nonce))
    const newest = await post(await sign(dpopKey, renewed.json.refresh_token ?? '', nonce))

    expect([renewed.status, renewed.json.sub]).toEqual([200, line.externalId])
    expect(replayed.json.error_description).toBe('Refresh token replayed')
    expect(newest.json.error_description).toBe('Invalid refresh token')
  })

  test('ends the session when another key is shown', async () => {
    const { simulator, dpopKey, refreshToken, nonce, sign, post } = await aSession()
    await using _ = simulator

    const stranger = await post(await sign(aKey(), refreshToken, nonce))
    const owner = await post(await sign(dpopKey, refreshToken, nonce))

    expect(stranger.json.error_description).toBe('DPoP proof does not match the expected JKT')
    expect(owner.json.error_description).toBe('Invalid refresh token')
  })
})

describe('a pretend Bluesky account', () => {
  test.each([pretendPds, pretendBlueskyOAuth])(
    'of the kind $kind is found through the directory and renewed',
    async (pretend) => {
      await using simulator = await startSimulator({ port: 0 })
      await using database = await aDatabase()
      await using context = aContext(database, simulator.origin, simulator.settings)
      const line = simulator.makeAccount(pretend, wish)
      const { pdsUrl: _, ...credential } = line.credential as { pdsUrl?: string }
      const [accountId = ''] = await connect(database, context.vault, { ...line, credential })
      const once = () => refresh(context, { accountId, trigger: 'operator', requestedAt: new Date() })

      const outcomes = [(await once())?.outcome, (await once())?.outcome]

      expect(outcomes).toEqual(['renewed', 'renewed'])
    },
  )

  test('meets what is scripted where its token is shown, and not in the look-ups before', async () => {
    await using simulator = await startSimulator({ port: 0 })
    await using database = await aDatabase()
    await using context = aContext(database, simulator.origin, simulator.settings)
    const line = simulator.makeAccount(pretendBlueskyOAuth, wish)
    const [accountId = ''] = await connect(database, context.vault, line)
    const grant = simulator.grants.findAccount('BLUESKY', line.externalId)
    if (grant === undefined) throw new Error('the account is not there')
    simulator.faults.script(grant, [{ status: 400, body: { error: 'invalid_client' } }])

    const attempt = await refresh(context, { accountId, trigger: 'operator', requestedAt: new Date() })

    expect(attempt).toMatchObject({ outcome: 'app_misconfigured', code: 'invalid_client' })
  })

  test('is in doubt when the answer with its new token is lost', async () => {
    await using simulator = await startSimulator({ port: 0 })
    await using database = await aDatabase()
    await using context = aContext(database, simulator.origin, simulator.settings)
    const line = simulator.makeAccount(pretendBlueskyOAuth, wish)
    const [accountId = ''] = await connect(database, context.vault, line)
    const grant = simulator.grants.findAccount('BLUESKY', line.externalId)
    if (grant === undefined) throw new Error('the account is not there')
    // The first request is without a nonce.
    simulator.faults.script(grant, [{}, { losesAnswer: true }])

    const attempt = await refresh(context, { accountId, trigger: 'operator', requestedAt: new Date() })

    expect(attempt).toMatchObject({ outcome: 'in_doubt', httpStatus: null })
    expect(grant.spent.size).toBe(1)
  })
})
