import { describe, expect, test } from 'vitest'
import { blueskyOAuth } from '../../src/platforms/bluesky-oauth.ts'
import type { Subject } from '../../src/platforms/strategy.ts'
import {
  AT_HOME,
  aKey,
  DID,
  didDocument,
  follow,
  ISSUER,
  type LookUps,
  PDS,
  TOKEN_ENDPOINT,
} from '../fixtures/bluesky.ts'
import { aSubject } from '../fixtures/subject.ts'
import { blueskyOAuthTable } from './tables/bluesky-oauth.ts'
import { outcomeOf, type Wire } from './tables/row.ts'

const dpopKey = aKey()
const CLIENT_ID = 'https://app.example.com/client-metadata.json'
const DOCUMENT = `/${DID}`
const RESOURCE = '/.well-known/oauth-protected-resource'
const SERVER = '/.well-known/oauth-authorization-server'
const STATUS = `/xrpc/com.atproto.sync.getRepoStatus?did=${encodeURIComponent(DID)}`

const subject = (members: Partial<Subject> = {}, credential: Partial<Subject['credential']> = {}) =>
  aSubject({
    credential: {
      kind: 'oauth',
      accessToken: 'a',
      refreshToken: 'r',
      did: DID,
      issuer: ISSUER,
      dpopKey,
      ...credential,
    },
    clientId: CLIENT_ID,
    clientSecret: null,
    ...members,
  })

const renewed: Wire = [
  200,
  {
    ...{ access_token: 'new-a', refresh_token: 'new-r', token_type: 'DPoP' },
    ...{ expires_in: 3599, scope: 'atproto transition:generic', sub: DID },
  },
]

const refresh = (lookUps: LookUps, ...answers: Wire[]) =>
  follow(blueskyOAuth, subject(), { ...AT_HOME, ...lookUps }, answers)

describe('a refresh', () => {
  test('looks up where the account lives, and sends the token last', () => {
    const { asked, reading } = refresh({}, renewed)

    expect(asked.map(({ method, url, hostFrom, spendsToken }) => [method, url, hostFrom, spendsToken])).toEqual([
      ['GET', `https://plc.example/${DID}`, 'platform', false],
      ['GET', `${PDS}${RESOURCE}`, 'account', false],
      ['GET', `${ISSUER}${SERVER}`, 'account', false],
      ['POST', TOKEN_ENDPOINT, 'account', true],
    ])
    expect(reading).toEqual({
      kind: 'renewed',
      tokens: {
        accessToken: 'new-a',
        refreshToken: 'new-r',
        expiresInMs: 3_599_000,
        refreshTokenExpiresInMs: null,
        scopes: ['atproto', 'transition:generic'],
      },
    })
  })

  test('of a public client proves the key of the session only', () => {
    const { asked } = refresh({}, renewed)

    expect(asked.at(-1)).toMatchObject({
      form: { grant_type: 'refresh_token', refresh_token: 'r', client_id: CLIENT_ID },
      proof: { dpopKey, client: null },
    })
  })

  test('of a confidential client proves its own key too, to the issuer', () => {
    const clientKey = aKey('k1')

    const { asked } = follow(blueskyOAuth, subject({ clientKey }), AT_HOME, [renewed])

    expect(asked.at(-1)?.proof).toEqual({ dpopKey, client: { id: CLIENT_ID, issuer: ISSUER, key: clientKey } })
  })

  test('signs no look-up, and sends nothing secret with one', () => {
    const { asked } = refresh({}, [400, { error: 'invalid_grant', error_description: 'Invalid refresh token' }])

    for (const { headers, form, json, proof } of asked.filter(({ method }) => method === 'GET')) {
      expect({ headers, form, json, proof }).toEqual({ headers: { accept: 'application/json' } })
    }
  })

  test('finds a did:web at its own host', () => {
    expect(blueskyOAuth.describe(subject({}, { did: 'did:web:brand.com' }))).toMatchObject({
      url: 'https://brand.com/.well-known/did.json',
      hostFrom: 'account',
    })
  })

  test('is sent once more when the server wants its nonce', () => {
    const { asked, reading } = refresh({}, [400, { error: 'use_dpop_nonce' }, { 'dpop-nonce': 'n' }], renewed)

    expect(asked.at(-1)).toEqual(asked.at(-2))
    expect(reading).toMatchObject({ kind: 'renewed' })
  })

  test('needs a refresh token, a DID, an issuer and a key', () => {
    expect(blueskyOAuth.canRenew(subject().credential)).toBe(true)
    expect(blueskyOAuth.canRenew(subject({}, { refreshToken: null }).credential)).toBe(false)
    const { dpopKey: _, ...withoutKey } = subject().credential
    expect(blueskyOAuth.canRenew(withoutKey)).toBe(false)
  })
})

describe('the look-ups', () => {
  test.each<[string, LookUps]>([
    [
      'the directory has moved on',
      {
        [DOCUMENT]: [200, didDocument('https://new.example.com')],
        [RESOURCE]: [
          200,
          { resource: 'https://new.example.com', authorization_servers: ['https://other.example.com'] },
        ],
      },
    ],
    [
      'the server has another issuer',
      { [RESOURCE]: [200, { resource: PDS, authorization_servers: ['https://bsky.social'] }] },
    ],
  ])('find an account that has moved: %s', (_name, lookUps) => {
    const { asked, reading } = refresh(lookUps, renewed)

    expect(reading).toEqual({ kind: 'token_expired', code: 'account_moved' })
    expect(asked.some(({ spendsToken }) => spendsToken)).toBe(false)
  })

  test('follow an account to another server of the same issuer', () => {
    const moved = 'https://other-pds.example.com'

    const { reading } = refresh(
      {
        [DOCUMENT]: [200, didDocument(moved)],
        [RESOURCE]: [200, { resource: moved, authorization_servers: [`${ISSUER}/`] }],
      },
      renewed,
    )

    expect(reading).toMatchObject({ kind: 'renewed' })
  })

  test.each<[string, Wire]>([
    [DOCUMENT, [404, { message: 'DID not registered' }]],
    [DOCUMENT, [410, { message: 'DID not available' }]],
    [DOCUMENT, [200, { id: DID, service: [] }]],
    [DOCUMENT, [200, didDocument('https://elsewhere.example.com', 'did:plc:aaaaaaaaaaaaaaaaaaaaaaaa')]],
    [DOCUMENT, [502, 'a page']],
    [RESOURCE, [404, {}]],
    [RESOURCE, [500, { resource: PDS, authorization_servers: ['https://other.example.com'] }]],
    [RESOURCE, [200, { resource: PDS, authorization_servers: [] }]],
    [RESOURCE, [200, { resource: PDS, authorization_servers: [ISSUER, 'https://other.example.com'] }]],
    [RESOURCE, [200, { resource: PDS, authorization_servers: ['https://other.example.com/path'] }]],
    [RESOURCE, [200, { resource: PDS, authorization_servers: [{}] }]],
    [RESOURCE, [200, { resource: 'https://x.example.com', authorization_servers: ['https://other.example.com'] }]],
    [RESOURCE, [200, 'a page']],
    [SERVER, [503, {}]],
    [SERVER, [200, { issuer: 'https://other.example.com', token_endpoint: TOKEN_ENDPOINT }]],
    [SERVER, [200, { issuer: ISSUER, token_endpoint: 'not an address' }]],
    [SERVER, [200, { issuer: ISSUER, token_endpoint: 'ftp://auth.example.com/token' }]],
    [SERVER, [200, { issuer: ISSUER, token_endpoint: 'https://user:pass@auth.example.com/token' }]],
    [SERVER, [200, { issuer: ISSUER }]],
  ])('that fail say nothing of the account: %s %j', (end, wire) => {
    const { asked, reading } = refresh({ [end]: wire }, renewed)

    expect(reading).toMatchObject({ kind: 'transient' })
    expect(asked.some(({ spendsToken }) => spendsToken)).toBe(false)
  })

  test.each([DOCUMENT, RESOURCE, SERVER])('slow down for this account only: %s', (end) => {
    const { reading } = refresh({ [end]: [429, {}, { 'retry-after': '7' }] }, renewed)

    expect(reading).toMatchObject({ kind: 'rate_limited', scope: 'account', retryAfterMs: 7000 })
  })
})

describe('the answers', () => {
  test.each(blueskyOAuthTable.rows)('$answers is $outcome', ({ answers, outcome }) => {
    expect(outcomeOf(refresh({}, ...answers).reading)).toBe(outcome)
  })

  test('of a server of its own count for its accounts, those of Bluesky for all', () => {
    const refused: Wire = [400, { error: 'invalid_client' }]
    const bluesky: LookUps = {
      [RESOURCE]: [200, { resource: PDS, authorization_servers: ['https://bsky.social'] }],
      [SERVER]: [200, { issuer: 'https://bsky.social', token_endpoint: 'https://bsky.social/oauth/token' }],
    }

    expect(refresh({}, refused).reading).toEqual({
      kind: 'app_misconfigured',
      code: 'invalid_client',
      scope: 'account',
    })
    expect(
      follow(blueskyOAuth, subject({}, { issuer: 'https://bsky.social' }), { ...AT_HOME, ...bluesky }, [refused])
        .reading,
    ).toEqual({ kind: 'app_misconfigured', code: 'invalid_client' })
  })

  test('429 waits as long as the server says', () => {
    expect(refresh({}, [429, {}, { 'retry-after': '60' }]).reading).toMatchObject({
      scope: 'account',
      retryAfterMs: 60_000,
    })
  })
})

describe('a refresh token that the server does not know', () => {
  const dead: Wire = [400, { error: 'invalid_grant', error_description: 'Invalid refresh token' }]

  test.each<[Wire, string]>([
    [[200, { did: DID, active: false, status: 'takendown' }], 'revoked'],
    [[200, { did: DID, active: false, status: 'deleted' }], 'revoked'],
    [[400, { error: 'RepoNotFound' }], 'revoked'],
    [[200, { did: DID, active: false, status: 'deactivated' }], 'token_expired'],
    [[200, { did: DID, active: false, status: 'suspended' }], 'token_expired'],
    [[200, { did: DID, active: true }], 'token_expired'],
    [[200, { did: 'did:plc:aaaaaaaaaaaaaaaaaaaaaaaa', active: false, status: 'takendown' }], 'token_expired'],
    [[404, { error: 'RepoNotFound' }], 'token_expired'],
    [[501, { error: 'MethodNotImplemented' }], 'token_expired'],
    [[502, 'a page'], 'token_expired'],
  ])('is asked about at the account’s server: %j is %s', (status, kind) => {
    expect(refresh({ [STATUS]: status }, dead).reading).toEqual({ kind, code: 'invalid_grant' })
  })

  test.each(['Refresh token replayed', 'Refresh token expired', 'Session expired'])(
    'is not asked about when the answer says why: %s',
    (description) => {
      const { asked } = refresh({}, [400, { error: 'invalid_grant', error_description: description }])

      expect(asked.at(-1)?.url).toBe(TOKEN_ENDPOINT)
    },
  )
})
