import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { CLIENT } from '../../src/simulator/pretend.ts'
import { pretendFacebookPage, pretendInstagramFacebookLogin } from '../../src/simulator/pretend-facebook.ts'
import { startSimulator } from '../../src/simulator/simulator.ts'

const APP_TOKEN = `${CLIENT.id}|${CLIENT.secret}`
const proofOf = (token: string) => createHmac('sha256', CLIENT.secret).update(token).digest('hex')

type Params = Readonly<Record<string, string>>

/** A simulator with one account, and a way to call it with the proof that it asks for. */
async function anAccount(pretend = pretendFacebookPage) {
  const simulator = await startSimulator({ port: 0 })
  const line = simulator.makeAccount(pretend, { workspaceId: 'ws_1', lifetimeMs: 60_000, ageShare: 0.5 })
  const credential = line.credential as unknown as { accessToken: string; userAccessToken: string }
  const call = async (path: string, params: Params, members: { method?: string; version?: string } = {}) => {
    const { method = 'GET', version = 'v25.0' } = members
    const query = new URLSearchParams({ appsecret_proof: proofOf(params.access_token ?? ''), ...params })
    const response = await fetch(`${simulator.origin}/facebook/${version}/${path}?${query}`, { method })
    return { status: response.status, body: (await response.json()) as Record<string, never> }
  }
  const look = async (token = credential.accessToken) => {
    const { body } = await call('debug_token', { input_token: token, access_token: APP_TOKEN })
    return body.data as unknown as { expires_at: number }
  }
  return { simulator, line, credential, call, look }
}

describe('pretend Facebook', () => {
  test('hides the end of a page token from the line, and debug_token shows it', async () => {
    const { simulator, line, credential, look } = await anAccount()
    await using _ = simulator

    expect(line).toMatchObject({ tokenExpiresAt: null, credential: { userTokenExpiresAt: expect.any(String) } })
    expect(line.credential).not.toHaveProperty('refreshToken', expect.anything())
    expect(await look()).toMatchObject({ app_id: CLIENT.id, type: 'PAGE', is_valid: true })
    expect((await look()).expires_at * 1000).toBeLessThan(Date.now() + 31_000)
    expect(await look(credential.userAccessToken)).toMatchObject({ type: 'USER', is_valid: true })
    expect(await look('made-up')).toMatchObject({ is_valid: false, error: { code: 190 } })
  })

  test.each([
    ['no proof', { appsecret_proof: '' }, {}, { code: 100 }],
    ['a proof of another token', { appsecret_proof: proofOf('other') }, {}, { code: 100 }],
    ['an app token with another secret', { access_token: `${CLIENT.id}|other` }, {}, { code: 190 }],
    ['a version that is gone', {}, { version: 'v20.0' }, { code: 2635 }],
  ])('refuses %s', async (_what, params: Params, members, error) => {
    const { simulator, credential, call } = await anAccount()
    await using _ = simulator
    const token = params.access_token ?? APP_TOKEN
    const own = { appsecret_proof: proofOf(token), input_token: credential.accessToken, access_token: token }

    expect(await call('debug_token', { ...own, ...params }, members)).toMatchObject({ status: 400, body: { error } })
  })

  test('takes no other method', async () => {
    const { simulator, call } = await anAccount()
    await using _ = simulator

    expect((await call('debug_token', { access_token: APP_TOKEN }, { method: 'POST' })).status).toBe(404)
  })

  test('gives the user a token with a longer life', async () => {
    const { simulator, credential, call } = await anAccount()
    await using _ = simulator
    const params = { grant_type: 'fb_exchange_token', fb_exchange_token: credential.userAccessToken }
    const client = { client_id: CLIENT.id, client_secret: CLIENT.secret, access_token: APP_TOKEN }

    const good = await call('oauth/access_token', { ...params, ...client })
    const bad = await call('oauth/access_token', { ...params, ...client, client_secret: 'other' })

    expect(good).toMatchObject({ status: 200, body: { token_type: 'bearer', expires_in: 5_184_000 } })
    expect(bad).toMatchObject({ status: 400, body: { error: { code: 1 } } })
  })

  test('gives a page another token, and the old one is over', async () => {
    const { simulator, line, credential, call, look } = await anAccount()
    await using _ = simulator

    const { body } = await call(line.externalId, { fields: 'access_token', access_token: credential.userAccessToken })

    expect(await look(body.access_token)).toMatchObject({ is_valid: true })
    expect(await look()).toMatchObject({ is_valid: false, error: { subcode: 463 } })
    expect(await call('77', { fields: 'access_token', access_token: credential.userAccessToken })).toMatchObject({
      body: { error: { code: 100, error_subcode: 33 } },
    })
  })

  test('finds the page of an Instagram account in the list of pages', async () => {
    const { simulator, line, credential, call } = await anAccount(pretendInstagramFacebookLogin)
    await using _ = simulator

    const { body } = await call('me/accounts', { access_token: credential.userAccessToken })

    expect(body).toMatchObject({ data: [{ instagram_business_account: { id: line.externalId } }] })
  })

  test('forgets a grant that was revoked, for the page and for the user', async () => {
    const { simulator, line, credential, call, look } = await anAccount()
    await using _ = simulator

    await fetch(`${simulator.origin}/revoke?platform=FACEBOOK_PAGE&externalId=${line.externalId}`, { method: 'POST' })

    expect(await look()).toMatchObject({ is_valid: false, error: { code: 190, subcode: 458 } })
    expect(await call(line.externalId, { access_token: credential.userAccessToken })).toMatchObject({ status: 400 })
  })
})
