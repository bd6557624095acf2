import { setTimeout as wait } from 'node:timers/promises'
import { decodeJwt } from 'jose'
import { describe, expect, test } from 'vitest'
import { openAgents } from '../../src/oauth/agents.ts'
import { blueskyOAuth } from '../../src/platforms/bluesky-oauth.ts'
import { x } from '../../src/platforms/x.ts'
import { converse } from '../../src/refresh/converse.ts'
import { aKey, DID, didDocument } from '../fixtures/bluesky.ts'
import { aPlatformServer, type PlatformServer, type Scripted } from '../fixtures/platform-server.ts'
import { aSubject } from '../fixtures/subject.ts'

interface Circumstances {
  readonly mayStillSend?: () => boolean
  readonly deadlineMs?: number
  readonly allowPrivateNetwork?: boolean
  /** Answers the first look-up. */
  readonly document?: (origin: string) => Scripted
}

/** Refreshes a Bluesky OAuth account whose servers are all one, with answers to what follows the look-ups. */
async function conversation(platform: PlatformServer, answers: readonly Scripted[], circumstances: Circumstances = {}) {
  const { mayStillSend = () => true, deadlineMs = 5000, allowPrivateNetwork = true, document = found } = circumstances
  const { origin } = platform
  await using agents = openAgents({ connections: 2, allowPrivateNetwork })
  const subject = aSubject({
    credential: { kind: 'oauth', accessToken: 'a', refreshToken: 'r', did: DID, issuer: origin, dpopKey: aKey() },
    clientKey: aKey('k1'),
    plcUrl: origin,
  })
  platform.answer(
    document(origin),
    { status: 200, body: { resource: origin, authorization_servers: [origin] } },
    { status: 200, body: { issuer: origin, token_endpoint: `${origin}/token?tenant=1` } },
    ...answers,
  )
  return await converse(blueskyOAuth, subject, agents, { deadlineMs, mayStillSend, turn: async () => 0 })
}

const found = (origin: string): Scripted => ({ status: 200, body: didDocument(origin) })
const refused = (status: number, error: string, description = '', nonce?: string): Scripted => ({
  status,
  body: { error, error_description: description },
  ...(nonce === undefined ? {} : { headers: { 'dpop-nonce': nonce } }),
})
const breaks: Scripted = (response) => response.destroy()
const renewed: Scripted = {
  status: 200,
  body: { access_token: 'new', refresh_token: 'next', expires_in: 900, sub: DID },
}

describe('a request that has to be signed', () => {
  test('is signed anew for each try, with the nonce of the answer before', async () => {
    await using platform = await aPlatformServer()

    const { finding, httpStatus } = await conversation(platform, [refused(400, 'use_dpop_nonce', '', 'n-1'), renewed])

    expect([finding.kind, httpStatus]).toEqual(['renewed', 200])
    const tries = platform.arrived.filter(({ method }) => method === 'POST')
    const proofs = tries.map(({ headers }) => decodeJwt(String(headers.dpop)))
    const assertions = tries.map(({ form }) => decodeJwt(form.client_assertion ?? ''))
    expect(proofs.map(({ nonce }) => nonce)).toEqual([undefined, 'n-1'])
    expect(proofs.map(({ htu }) => htu)).toEqual([`${platform.origin}/token`, `${platform.origin}/token`])
    expect(new Set([...proofs, ...assertions].map(({ jti }) => jti)).size).toBe(4)
    // By the clock of the lease, whatever this machine believes: that of the subject stands a day or more before it.
    const startedS = aSubject().now.getTime() / 1000
    for (const { iat = 0 } of [...proofs, ...assertions]) expect(Math.abs(iat - startedS)).toBeLessThan(60)
  })

  test('is not sent when it is too late, and nothing is spent', async () => {
    await using platform = await aPlatformServer()
    const looksUp = () => platform.arrived.length < 3

    const { finding } = await conversation(platform, [], { mayStillSend: looksUp })

    expect(finding).toEqual({ kind: 'no_answer', code: 'TOO_LATE', mayBeSpent: false })
    expect(platform.arrived.filter(({ method }) => method === 'POST')).toEqual([])
  })

  test('is waited for as long as ever, however slow the look-ups were', async () => {
    await using platform = await aPlatformServer()
    const slowly =
      (body: unknown): Scripted =>
      async (response) => {
        await wait(1200)
        response.end(JSON.stringify(body))
      }

    const { finding } = await conversation(
      platform,
      [slowly({ access_token: 'new', refresh_token: 'next', sub: DID })],
      { deadlineMs: 2200, document: (origin) => slowly(didDocument(origin)) },
    )

    expect(finding.kind).toBe('renewed')
  })

  test('may have spent the token when no answer comes', async () => {
    await using platform = await aPlatformServer()

    const { finding, httpStatus } = await conversation(platform, [refused(400, 'use_dpop_nonce', '', 'n'), breaks])

    expect(finding).toMatchObject({ kind: 'no_answer', mayBeSpent: true })
    expect(httpStatus).toBeNull()
  })
})

describe('a server that an account supplies', () => {
  test('is not connected to when it is a private one', async () => {
    await using platform = await aPlatformServer()

    const { finding } = await conversation(platform, [], { allowPrivateNetwork: false })

    expect(finding).toEqual({ kind: 'no_answer', code: 'HOST_NOT_ALLOWED', mayBeSpent: false })
    expect(platform.arrived).toHaveLength(1)
  })
})

describe('a question that only refines what is known', () => {
  const dead = refused(400, 'invalid_grant', 'Invalid refresh token', 'n')

  test('changes nothing when no answer comes', async () => {
    await using platform = await aPlatformServer()

    const { finding, httpStatus } = await conversation(platform, [dead, breaks])

    expect(finding).toEqual({ kind: 'token_expired', code: 'invalid_grant' })
    expect(httpStatus).toBe(400)
  })

  test('leaves the status of the answer that refused', async () => {
    await using platform = await aPlatformServer()
    const status: Scripted = { status: 200, body: { did: DID, active: false, status: 'takendown' } }

    expect(await conversation(platform, [dead, status])).toEqual({
      finding: { kind: 'revoked', code: 'invalid_grant' },
      httpStatus: 400,
    })
  })
})

describe('an answer of the deciding request', () => {
  test('whose status is none of HTTP counts as a bad moment, and its status is not kept', async () => {
    await using platform = await aPlatformServer()

    // The list shows a status from 100 to 599. LinkedIn's edge is known for 999.
    expect(await conversation(platform, [{ status: 999, body: {} }])).toEqual({
      finding: { kind: 'transient', code: 'HTTP 999' },
      httpStatus: null,
    })
  })
})

test("a code in which a platform repeats our app's secret is withheld", async () => {
  await using platform = await aPlatformServer()
  await using agents = openAgents({ connections: 1, allowPrivateNetwork: true })
  platform.answer({ status: 400, body: { error: 'invalid_client hunter2-hunter2' } })
  const subject = aSubject({ baseUrl: platform.origin, clientSecret: 'hunter2-hunter2' })

  const { finding } = await converse(x, subject, agents, {
    deadlineMs: 5000,
    mayStillSend: () => true,
    turn: async () => 0,
  })

  expect(finding).toEqual({ kind: 'app_misconfigured', code: 'withheld' })
})
