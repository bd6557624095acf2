import { describe, expect, test } from 'vitest'
import { basicAuthorization } from '../../src/oauth/request.ts'
import { CLIENT } from '../../src/simulator/pretend.ts'
import { pretendX } from '../../src/simulator/pretend-x.ts'
import { startSimulator } from '../../src/simulator/simulator.ts'

const wish = { workspaceId: 'ws_1', lifetimeMs: 60_000, ageShare: 0.5 }

/** A simulator with one X account, and a way to refresh it. */
async function anAccount() {
  const simulator = await startSimulator({ port: 0 })
  const { externalId, credential } = simulator.makeAccount(pretendX, wish)
  const refresh = (refreshToken = credential.refreshToken ?? '') =>
    fetch(`${simulator.origin}/x/2/oauth2/token`, {
      method: 'POST',
      headers: { authorization: basicAuthorization(CLIENT.id, CLIENT.secret) },
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken, client_id: CLIENT.id }),
    })
  const control = (method: string, path: string, body: unknown = '') =>
    fetch(`${simulator.origin}${path}`, { method, body: JSON.stringify(body) })
  return { simulator, externalId, refresh, control }
}

describe('a pretend platform', () => {
  test('answers as it is told, once, and then as always', async () => {
    const { simulator, externalId, refresh, control } = await anAccount()
    await using _ = simulator
    await control('POST', `/faults?platform=X&externalId=${externalId}`, [{ status: 418, body: { error: 'teapot' } }])

    const answers = [await refresh(), await refresh()]

    expect(answers.map(({ status }) => status)).toEqual([418, 200])
    expect(await answers[0]?.json()).toEqual({ error: 'teapot' })
  })

  test('does its work and loses the answer on the way', async () => {
    const { simulator, externalId, refresh, control } = await anAccount()
    await using _ = simulator
    await control('POST', `/faults?platform=X&externalId=${externalId}`, [{ losesAnswer: true }])

    await expect(refresh()).rejects.toThrow('fetch failed')

    expect(simulator.grants.findAccount('X', externalId)?.spent.size).toBe(1)
    expect((await refresh()).status).toBe(400)
  })

  test('is out for everybody, and comes back', async () => {
    const { simulator, refresh, control } = await anAccount()
    await using _ = simulator

    await control('PUT', '/outages/X')
    const during = await refresh()
    await control('DELETE', '/outages/X')

    expect([during.status, (await refresh()).status]).toEqual([503, 200])
  })

  test('takes so many requests in a second and no more', async () => {
    const { simulator, refresh, control } = await anAccount()
    await using _ = simulator
    await control('PUT', '/limits/X?requestsPerSecond=0')

    const limited = await refresh()

    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '30'])
  })

  test('forgets a grant that was revoked', async () => {
    const { simulator, externalId, refresh, control } = await anAccount()
    await using _ = simulator

    await control('POST', `/revoke?platform=X&externalId=${externalId}`)

    expect((await refresh()).status).toBe(400)
  })

  test('says so when it does not know an account or a platform', async () => {
    const { simulator, control } = await anAccount()
    await using _ = simulator

    expect((await control('POST', '/faults?platform=X&externalId=nobody', [])).status).toBe(404)
    expect((await control('PUT', '/outages/MYSPACE')).status).toBe(400)
  })
})
