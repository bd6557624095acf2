import { expect, test } from 'vitest'
import { pretendInstagram, pretendThreads } from '../../src/simulator/pretend-long-lived.ts'
import { startSimulator } from '../../src/simulator/simulator.ts'

const wish = { workspaceId: 'ws_1', lifetimeMs: 60_000 }

test.each([
  ['Instagram', pretendInstagram, 'ig_refresh_token', 'th_refresh_token', '/v25.0/me'],
  ['Threads', pretendThreads, 'th_refresh_token', 'ig_refresh_token', '/v1.0/me'],
])(
  'pretend %s extends a token that is old enough, under its own words only',
  async (_name, pretend, own, other, me) => {
    await using simulator = await startSimulator({ port: 0 })
    const old = simulator.makeAccount(pretend, { ...wish, ageShare: 0.5 }).credential.accessToken
    const young = simulator.makeAccount(pretend, { ...wish, ageShare: 0 }).credential.accessToken
    const get = async (path: string, params: Record<string, string>) => {
      const response = await fetch(`${simulator.origin}${pretend.prefix}${path}?${new URLSearchParams(params)}`)
      return (await response.json()) as object
    }
    const extend = (grantType: string, token: string) =>
      get('/refresh_access_token', { grant_type: grantType, access_token: token })

    expect(await extend(other, old)).toMatchObject({ error: { code: 100 } })
    expect(await extend(own, young)).toMatchObject({ error: { code: 100 } })
    expect(await extend(own, 'made-up')).toMatchObject({ error: { code: 190 } })
    expect(await get(me, { access_token: old })).toMatchObject({ username: expect.any(String) })
    expect(await extend(own, old)).toMatchObject({ token_type: 'bearer', expires_in: 60 })
  },
)
