import { describe, expect, test } from 'vitest'
import { blueskyAppPassword } from '../../src/platforms/bluesky-app-password.ts'
import type { Subject } from '../../src/platforms/strategy.ts'
import { AT_HOME, DID, didDocument, follow, PDS } from '../fixtures/bluesky.ts'
import { anAnswer, aSubject } from '../fixtures/subject.ts'
import { blueskyAppPasswordTable } from './tables/bluesky-app-password.ts'
import { outcomeOf, readAll, type Wire } from './tables/row.ts'

const jwt = (claims: object) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.sig`
const session = {
  accessJwt: jwt({ sub: DID, iat: 1000, exp: 8200 }),
  refreshJwt: jwt({ sub: DID, iat: 1000, exp: 7_777_000 }),
  did: DID,
  handle: 'brand.test',
}

const subject = (credential: Partial<Subject['credential']> = {}) =>
  aSubject({
    credential: { kind: 'app_password', accessToken: 'a', refreshToken: 'r', pdsUrl: PDS, did: DID, ...credential },
  })

const error = (name: string, message = 'words') => ({ error: name, message })

/** Follows the strategy through its exchanges; returns what it asked and what it made of the last answer. */
const converse = (of: Subject, ...answers: Wire[]) => readAll(blueskyAppPassword, of, answers)

describe('a refresh', () => {
  test('is a POST without a body to the server of the account, the refresh token as Bearer', () => {
    const request = blueskyAppPassword.describe(subject())

    expect(request).toEqual({
      method: 'POST',
      url: `${PDS}/xrpc/com.atproto.server.refreshSession`,
      headers: { authorization: 'Bearer r', accept: 'application/json' },
      hostFrom: 'account',
      spendsToken: true,
    })
  })

  test('reads both lifetimes from the tokens, by the clock of the server alone', () => {
    expect(converse(subject(), [200, session]).reading).toMatchObject({
      kind: 'renewed',
      tokens: { expiresInMs: 7_200_000, refreshTokenExpiresInMs: 7_776_000_000, changes: { pdsUrl: PDS, did: DID } },
    })
  })

  test('takes opaque tokens as they are', () => {
    expect(
      converse(subject(), [200, { ...session, accessJwt: 'opaque', refreshJwt: 'opaque too' }]).reading,
    ).toMatchObject({
      kind: 'renewed',
      tokens: { accessToken: 'opaque', expiresInMs: null },
    })
  })

  test('follows an account to the server that the answer names, if it is a public one', () => {
    const moved = (pds: string) => converse(subject(), [200, { ...session, didDoc: didDocument(pds) }]).reading

    expect(moved('https://new.example.com/')).toMatchObject({
      tokens: { changes: { pdsUrl: 'https://new.example.com' } },
    })
    expect(moved('https://10.0.0.1')).toMatchObject({ tokens: { changes: { pdsUrl: PDS } } })
  })

  test('of a deactivated account keeps its tokens', () => {
    expect(converse(subject(), [200, { ...session, active: false, status: 'deactivated' }]).reading).toMatchObject({
      kind: 'renewed',
    })
  })

  test('never stores the session of another account', () => {
    expect(converse(subject(), [200, { ...session, did: 'did:plc:aaaaaaaaaaaaaaaaaaaaaaaa' }]).reading).toMatchObject({
      kind: 'unknown',
    })
  })
})

describe('an account without a known server', () => {
  test('is looked up in the directory, and then refreshed there', () => {
    const { pdsUrl: _, ...credential } = subject().credential
    const { asked, reading } = converse(aSubject({ credential }), [200, didDocument(PDS)], [200, session])

    expect(asked.map(({ url, hostFrom, spendsToken }) => [url, hostFrom, spendsToken])).toEqual([
      [`https://plc.example/${DID}`, 'platform', false],
      [`${PDS}/xrpc/com.atproto.server.refreshSession`, 'account', true],
    ])
    expect(reading).toMatchObject({ kind: 'renewed', tokens: { changes: { pdsUrl: PDS } } })
  })

  test('that names its host in a did:web is looked up there', () => {
    const { pdsUrl: _, ...credential } = subject({ did: 'did:web:brand.com' }).credential

    expect(blueskyAppPassword.describe(aSubject({ credential }))).toMatchObject({
      url: 'https://brand.com/.well-known/did.json',
      hostFrom: 'account',
    })
  })

  test('waits when the directory does not know it', () => {
    const { pdsUrl: _, ...credential } = subject().credential

    expect(converse(aSubject({ credential }), [404, {}]).reading).toMatchObject({ kind: 'transient' })
  })
})

describe('the answers', () => {
  test.each(blueskyAppPasswordTable.rows)('$answers is $outcome', ({ answers, outcome }) => {
    expect(outcomeOf(follow(blueskyAppPassword, subject(), AT_HOME, answers).reading)).toBe(outcome)
  })

  test.each<{ wire: Wire }>([
    { wire: [404, {}] },
    { wire: [501, error('MethodNotImplemented')] },
    { wire: [403, 'a page'] },
    { wire: [200, 'a page'] },
  ])('of something that is no such server lead to the directory: $wire', ({ wire }) => {
    const moved = converse(subject(), wire, [200, didDocument('https://elsewhere.example.com')])
    const stayed = converse(subject(), wire, [200, didDocument(PDS)])
    const unknown = converse(subject(), wire, [503, {}])

    expect(moved.asked[1]?.url).toBe(`https://plc.example/${DID}`)
    expect([moved.reading?.kind, stayed.reading?.kind, unknown.reading?.kind]).toEqual([
      'token_expired',
      'transient',
      'transient',
    ])
  })

  test('of a gateway are no reason to look anything up', () => {
    expect(converse(subject(), [502, 'a page'])).toMatchObject({ asked: [{}], reading: { kind: 'transient' } })
  })

  test('of the directory about somebody else say nothing', () => {
    const other = didDocument('https://elsewhere.example.com', 'did:plc:aaaaaaaaaaaaaaaaaaaaaaaa')

    expect(converse(subject(), [404, {}], [200, other]).reading).toMatchObject({ kind: 'transient' })
  })

  test('429 waits for the host, not for the app', () => {
    const answer = anAnswer(429, error('RateLimitExceeded'), { 'retry-after': '60' })

    expect(blueskyAppPassword.read(answer, subject())).toMatchObject({
      kind: 'rate_limited',
      scope: 'account',
      retryAfterMs: 60_000,
    })
  })

  test('a token that the server does not know is asked about: moved or dead', () => {
    const unknown: Wire = [400, error('InvalidToken', 'Token could not be verified')]

    expect(converse(subject(), unknown, [200, didDocument('https://elsewhere.example.com')]).reading).toMatchObject({
      kind: 'token_expired',
    })
    expect(converse(subject(), unknown, [200, didDocument(PDS)]).reading).toMatchObject({ kind: 'token_expired' })
    expect(converse(subject(), unknown, [503, 'a page']).reading).toMatchObject({ kind: 'transient' })
  })

  test('an account that the server does not know is asked about: moved or gone', () => {
    const gone: Wire = [400, error('InvalidRequest', 'Could not find user info for account: x')]

    expect(converse(subject(), gone, [200, didDocument(PDS)]).reading).toMatchObject({ kind: 'revoked' })
    expect(converse(subject(), gone, [200, didDocument('https://elsewhere.example.com')]).reading).toMatchObject({
      kind: 'token_expired',
    })
  })

  test("Bluesky's own servers answer for each other", () => {
    const of = subject({ pdsUrl: 'https://bsky.social' })
    const gone: Wire = [403, error('AccountNotFound')]

    expect(converse(of, gone, [200, didDocument('https://morel.us-east.host.bsky.network')]).reading).toMatchObject({
      kind: 'revoked',
    })
  })
})

describe('a stored app password', () => {
  const withPassword = subject({ appPassword: 'abcd-efgh' })
  const expired: Wire = [400, error('ExpiredToken', 'Token has been revoked')]

  test('opens a new session when the refresh token is dead', () => {
    const { asked, reading } = converse(withPassword, expired, [200, session])

    expect(asked[1]).toMatchObject({
      url: `${PDS}/xrpc/com.atproto.server.createSession`,
      json: { identifier: DID, password: 'abcd-efgh' },
      spendsToken: false,
    })
    expect(reading).toMatchObject({ kind: 'renewed' })
  })

  test.each([
    [401, error('AuthenticationRequired'), 'revoked'],
    [401, error('AccountTakedown'), 'revoked'],
    [401, error('AuthFactorTokenRequired'), 'token_expired'],
    [429, error('RateLimitExceeded'), 'rate_limited'],
    [500, error('InternalServerError'), 'transient'],
    [400, error('SomethingNew'), 'unknown'],
  ])('%i %j is %s', (status, json, kind) => {
    expect(converse(withPassword, expired, [status, json]).reading).toMatchObject({ kind })
  })

  test('opens the first session when there is no refresh token', () => {
    const { asked } = converse(subject({ refreshToken: null, appPassword: 'abcd-efgh' }), [200, session])

    expect(asked[0]?.url).toBe(`${PDS}/xrpc/com.atproto.server.createSession`)
  })

  test('that opens no first session either ends the account', () => {
    const first = subject({ refreshToken: null, appPassword: 'abcd-efgh' })

    expect(converse(first, [401, error('AuthenticationRequired')]).reading).toMatchObject({ kind: 'revoked' })
  })

  test('of an account that the server has taken down opens nothing', () => {
    const { asked, reading } = converse(withPassword, [401, error('AccountTakedown')])

    expect(asked).toHaveLength(1)
    expect(reading).toMatchObject({ kind: 'revoked' })
  })
})
