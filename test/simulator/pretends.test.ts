import { describe, expect, test } from 'vitest'
import { openAgents } from '../../src/oauth/agents.ts'
import type { Credential } from '../../src/platforms/credential.ts'
import { findStrategy } from '../../src/platforms/registry.ts'
import type { Subject } from '../../src/platforms/strategy.ts'
import { converse } from '../../src/refresh/converse.ts'
import { CLIENT, type Pretend } from '../../src/simulator/pretend.ts'
import { pretendLinkedinCompany, pretendLinkedinPerson } from '../../src/simulator/pretend-linkedin.ts'
import { pretendPinterest } from '../../src/simulator/pretend-pinterest.ts'
import { pretendTiktok } from '../../src/simulator/pretend-tiktok.ts'
import { pretendTiktokBusiness } from '../../src/simulator/pretend-tiktok-business.ts'
import { pretendX } from '../../src/simulator/pretend-x.ts'
import { pretendYoutube } from '../../src/simulator/pretend-youtube.ts'
import { startSimulator } from '../../src/simulator/simulator.ts'
import { aSubject } from '../fixtures/subject.ts'

type Client = Pick<Subject, 'clientId' | 'clientSecret'>

const wish = { workspaceId: 'ws_1', lifetimeMs: 7_200_000, ageShare: 0.5 }

/** An account at a pretend platform, and a way to refresh it that follows the strategy's exchanges. */
async function anAccount(pretend: Pretend) {
  const simulator = await startSimulator({ port: 0 })
  const agents = openAgents({ connections: 2, allowPrivateNetwork: true })
  const strategy = findStrategy(pretend.platform, pretend.kind)
  if (strategy === null) throw new Error(`no strategy for ${pretend.platform}`)
  const { externalId } = simulator.makeAccount(pretend, wish)
  const grant = simulator.grants.findAccount(pretend.platform, externalId)
  if (grant === undefined) throw new Error('no grant')
  const holds = (): Credential => ({ kind: null, accessToken: grant.accessToken, refreshToken: grant.refreshToken })
  return {
    grant,
    /** What the account holds now. */
    holds,
    refresh: async (credential = holds(), client: Client = { clientId: CLIENT.id, clientSecret: CLIENT.secret }) => {
      const subject = aSubject({ credential, baseUrl: `${simulator.origin}${pretend.prefix}`, ...client })
      return (
        await converse(strategy, subject, agents, { deadlineMs: 10_000, mayStillSend: () => true, turn: async () => 0 })
      ).finding
    },
    async [Symbol.asyncDispose]() {
      await agents[Symbol.asyncDispose]()
      await simulator[Symbol.asyncDispose]()
    },
  }
}

const rotating = [pretendX, pretendPinterest, pretendTiktok, pretendTiktokBusiness]
const staying = [pretendLinkedinPerson, pretendLinkedinCompany, pretendYoutube]
const named = (pretends: readonly Pretend[]) => pretends.map((pretend) => [pretend.platform, pretend] as const)

describe.each(named([...rotating, ...staying]))('a pretend %s', (_name, pretend) => {
  test('renews what the strategy asks for', async () => {
    await using account = await anAccount(pretend)
    const before = account.holds()

    expect(await account.refresh()).toMatchObject({
      kind: 'renewed',
      tokens: { accessToken: account.grant.accessToken, expiresInMs: 7_200_000 },
    })
    expect(account.grant.accessToken).not.toBe(before.accessToken)
  })

  test.each([
    ['secret', { clientId: CLIENT.id, clientSecret: 'another' }],
    ['client id', { clientId: 'another', clientSecret: CLIENT.secret }],
  ])('refuses another %s, and so our app', async (_member, client) => {
    await using account = await anAccount(pretend)

    expect(await account.refresh(account.holds(), client)).toMatchObject({ kind: 'app_misconfigured' })
    expect(await account.refresh()).toMatchObject({ kind: 'renewed' })
  })

  test('calls a grant dead that has ended, and one that it never gave', async () => {
    await using account = await anAccount(pretend)
    const madeUp = await account.refresh({ ...account.holds(), refreshToken: 'made-up' })
    account.grant.isDead = true

    expect(madeUp).toMatchObject({ kind: 'token_expired' })
    expect(['token_expired', 'revoked']).toContain((await account.refresh()).kind)
  })
})

test.each(named(rotating))(
  'a pretend %s ends the grant when a used refresh token comes again',
  async (_name, pretend) => {
    await using account = await anAccount(pretend)
    const used = account.holds()
    await account.refresh()

    expect(await account.refresh(used)).toMatchObject({ kind: 'token_expired' })
    expect(await account.refresh()).toMatchObject({ kind: 'token_expired' })
  },
)

test.each(named(staying))('a pretend %s takes the same refresh token again and again', async (_name, pretend) => {
  await using account = await anAccount(pretend)
  const used = account.holds()
  await account.refresh()

  expect(await account.refresh(used)).toMatchObject({ kind: 'renewed' })
})

test('a pretend LinkedIn tells a grant that was withdrawn from one that has ended', async () => {
  await using account = await anAccount(pretendLinkedinPerson)
  account.grant.isDead = true

  expect(await account.refresh()).toEqual({ kind: 'revoked', code: 'invalid_grant' })
})
