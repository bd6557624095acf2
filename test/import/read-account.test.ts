import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ImportRules, readAccount } from '../../src/import/read-account.ts'
import { STRATEGIES } from '../../src/platforms/registry.ts'
import { aLine } from '../fixtures/account.ts'
import { aKey } from '../fixtures/bluesky.ts'

const PLATFORMS_WE_KNOW = [...new Set(STRATEGIES.map(({ platform }) => platform))]

const rules: ImportRules = { allowPrivateNetwork: false, now: new Date() }

const read = (line: unknown, over: Partial<ImportRules> = {}) =>
  readAccount({ number: 7, kind: 'text', text: JSON.stringify(line) }, { ...rules, ...over })

/** `member: problem` of everything that is wrong with a line. */
function problemsOf(line: unknown, over: Partial<ImportRules> = {}): string[] {
  const result = read(line, over)
  return result.kind === 'refused' ? result.problems.map(({ member, problem }) => `${member}: ${problem}`) : []
}

const bluesky = (credential: object) =>
  aLine({ platform: 'BLUESKY' }, { did: 'did:plc:ewvi7nxzyoun6zhxrhs64oiz', ...credential })

const dpopKey = aKey()
const blueskyOAuth = (credential: object = {}) =>
  bluesky({ kind: 'oauth', issuer: 'https://bsky.social', dpopKey, ...credential })

describe('a good line', () => {
  test('may leave out everything optional', () => {
    const line = {
      workspaceId: 'w',
      platform: 'X',
      externalId: '1',
      handle: '@a',
      scopes: [],
      credential: { accessToken: 'a' },
    }

    expect(read(line)).toMatchObject({
      kind: 'account',
      account: {
        line: 7,
        displayName: null,
        tokenExpiresAt: null,
        connectedAt: null,
        meta: {},
        issuedAt: null,
        credential: { kind: null, accessToken: 'a', refreshToken: null },
      },
    })
  })

  test('may say null for what it does not have', () => {
    const nothing = {
      displayName: null,
      avatarUrl: null,
      tokenExpiresAt: null,
      connectedAt: null,
      defaultBoardId: null,
    }

    expect(problemsOf(aLine(nothing, { refreshToken: null, refreshTokenExpiresAt: null, issuedAt: null }))).toEqual([])
  })

  test('may write moments with an offset', () => {
    expect(read(aLine({ tokenExpiresAt: '2036-11-23T12:00:00.5+02:00' }))).toMatchObject({
      account: { tokenExpiresAt: new Date('2036-11-23T10:00:00.500Z') },
    })
  })

  test('names a Bluesky account by its server, its DID, or both', () => {
    for (const credential of [
      { pdsUrl: 'https://bsky.social/' },
      { did: undefined, pdsUrl: 'https://pds.brand.com' },
      { did: 'did:web:brand.com' },
    ]) {
      expect(problemsOf(bluesky(credential))).toEqual([])
    }
    expect(read(bluesky({ pdsUrl: 'https://BSKY.social/' }))).toMatchObject({
      account: { credential: { kind: 'app_password', pdsUrl: 'https://bsky.social' } },
    })
  })
})

describe('a Bluesky account with OAuth', () => {
  test('is kept with its issuer as an origin and the bare key of its session', () => {
    const line = blueskyOAuth({ issuer: 'https://BSKY.social/', dpopKey: { ...dpopKey, alg: 'ES256', use: 'sig' } })

    expect(read(line)).toMatchObject({
      account: { credential: { kind: 'oauth', issuer: 'https://bsky.social', dpopKey } },
    })
  })

  test.each<[string, object, string[]]>([
    [
      'without all that it needs',
      { did: null, issuer: null, dpopKey: null },
      ['did', 'issuer', 'dpopKey'].map((name) => `credential.${name}: is missing`),
    ],
    [
      'with the public key only',
      { dpopKey: { ...dpopKey, d: undefined } },
      ['credential.dpopKey: must be a private JWK on the curve P-256, with the members kty, crv, x, y and d'],
    ],
    [
      'with two halves of different keys',
      { dpopKey: { ...dpopKey, d: aKey().d } },
      ['credential.dpopKey: must be a private JWK on the curve P-256, with the members kty, crv, x, y and d'],
    ],
    ['with an issuer on http', { issuer: 'http://bsky.social' }, ['credential.issuer: must start with https://']],
    ['with an issuer at home', { issuer: 'https://10.0.0.1' }, ['credential.issuer: is not on the public internet']],
    [
      'with an issuer that has a path',
      { issuer: 'https://bsky.social/oauth' },
      ['credential.issuer: must be a server without a path'],
    ],
    [
      'with an app password',
      { appPassword: 'abcd', pdsUrl: 'https://bsky.social' },
      ['pdsUrl', 'appPassword'].map((name) => `credential.${name}: is not used for this kind of BLUESKY account`),
    ],
  ])('is refused %s', (_what, credential, problems) => {
    expect(problemsOf(blueskyOAuth(credential))).toEqual(problems)
  })

  test('is refused with its key in meta', () => {
    expect(problemsOf({ ...blueskyOAuth(), meta: { key: dpopKey } })).toEqual(['meta: holds the dpopKey'])
  })

  test('is refused without a word of its key', () => {
    expect(problemsOf(blueskyOAuth({ dpopKey: { ...dpopKey, crv: 'P-384' } })).join()).not.toContain(dpopKey.d)
  })
})

describe('an account that is connected through Facebook Login', () => {
  const user = { userAccessToken: 'EAAU', userTokenExpiresAt: '2036-11-23T12:00:00+02:00' }
  const kept = { userAccessToken: 'EAAU', userTokenExpiresAt: '2036-11-23T10:00:00.000Z' }

  test('brings the token of the user along', () => {
    expect(read(aLine({ platform: 'FACEBOOK_PAGE' }, { refreshToken: null, ...user }))).toMatchObject({
      account: { credential: { kind: null, ...kept }, strategy: { app: 'FACEBOOK' } },
    })
    expect(read(aLine({ platform: 'INSTAGRAM' }, { kind: 'facebook_login', ...user }))).toMatchObject({
      account: { credential: { kind: 'facebook_login', ...kept }, strategy: { app: 'FACEBOOK' } },
    })
  })

  test('is told from one that is connected through Instagram Login, which has no such token', () => {
    expect(read(aLine({ platform: 'INSTAGRAM' }))).toMatchObject({
      account: { credential: { kind: 'instagram_login' }, strategy: { app: 'INSTAGRAM' } },
    })
    expect(problemsOf(aLine({ platform: 'INSTAGRAM' }, { userAccessToken: 'EAAU' }))).toEqual([
      'credential.userAccessToken: is not used for this kind of INSTAGRAM account',
    ])
  })
})

describe('a bad line is refused', () => {
  test.each<[string, unknown, string[]]>([
    ['no object', 'text', ['line: must be object']],
    ['null', null, ['line: must be object']],
    ['a list', [aLine()], ['line: must be object']],
    [
      'missing members',
      { platform: 'X' },
      ['workspaceId', 'externalId', 'handle', 'scopes', 'credential'].map((name) => `${name}: is missing`),
    ],
    [
      'an unknown platform',
      aLine({ platform: 'MYSPACE' }),
      [`platform: must be one of ${PLATFORMS_WE_KNOW.join(', ')}`],
    ],
    [
      'a kind that the platform has not',
      aLine({ platform: 'INSTAGRAM' }, { kind: 'oauth' }),
      ['credential.kind: must be one of instagram_login, facebook_login'],
    ],
    ['a kind where there is none', aLine({}, { kind: 'oauth' }), ['credential.kind: is not used for X: leave it out']],
    [
      'a workspace with a space',
      aLine({ workspaceId: 'a b' }),
      ['workspaceId: must be 1 to 64 characters without white space'],
    ],
    ['an empty handle', aLine({ handle: '' }), ['handle: must not be empty']],
    ['a number as a handle', aLine({ handle: 7 }), ['handle: must be string']],
    [
      'a date that does not exist',
      aLine({ tokenExpiresAt: '2026-02-30T00:00:00Z' }),
      ['tokenExpiresAt: must be a moment like 2026-11-23T12:00:00Z'],
    ],
    [
      'a date without a time',
      aLine({}, { issuedAt: '2026-02-03' }),
      ['credential.issuedAt: must be a moment like 2026-11-23T12:00:00Z'],
    ],
    [
      'a date before computers',
      aLine({ connectedAt: '1066-10-14T09:00:00Z' }),
      ['connectedAt: must be a moment from 1970 to 9999'],
    ],
    [
      'a token issued after its end',
      aLine({ tokenExpiresAt: '2020-01-01T00:00:00Z' }),
      ['credential.issuedAt: must be before tokenExpiresAt'],
    ],
    [
      'a connection in the future',
      aLine({ connectedAt: '2126-01-01T00:00:00Z' }),
      ['connectedAt: must not be in the future'],
    ],
    ['a misspelled member', aLine({ display_name: 'x' }), ['display_name: is not a member of the format']],
    ['a blank refresh token', aLine({}, { refreshToken: '' }), ['credential.refreshToken: must not be empty']],
    [
      'a token with a newline',
      aLine({}, { accessToken: 'a\n' }),
      ['credential.accessToken: holds white space or characters that no token has'],
    ],
    [
      'a token in meta',
      aLine({ meta: { copy: 'the-token' } }, { accessToken: 'the-token' }),
      ['meta: holds the accessToken'],
    ],
    ['a board off Pinterest', aLine({ defaultBoardId: '1' }), ['defaultBoardId: is for PINTEREST only']],
    ['a NUL', aLine({ handle: 'a\u0000b' }), ['handle: holds characters that cannot be stored']],
    ['half a character', aLine({ meta: { a: ['\ud83d'] } }), ['meta: holds characters that cannot be stored']],
    [
      'a server for X',
      aLine({}, { pdsUrl: 'https://bsky.social' }),
      ['credential.pdsUrl: is not used for this kind of X account'],
    ],
    ['Bluesky without server and DID', bluesky({ did: null }), ['credential: needs did or pdsUrl']],
    ['another kind of DID', bluesky({ did: 'did:key:abc' }), ['credential.did: must be a did:plc or did:web']],
    ['a server on http', bluesky({ pdsUrl: 'http://bsky.social' }), ['credential.pdsUrl: must start with https://']],
    [
      'a server at home',
      bluesky({ pdsUrl: 'https://192.168.1.1' }),
      ['credential.pdsUrl: is not on the public internet'],
    ],
    [
      'a server with a path',
      bluesky({ pdsUrl: 'https://bsky.social/xrpc' }),
      ['credential.pdsUrl: must be a server without a path'],
    ],
    [
      'a server that is none',
      bluesky({ pdsUrl: 'bsky.social' }),
      ['credential.pdsUrl: is not an address like https://bsky.social'],
    ],
  ])('%s', (_what, line, problems) => {
    expect(problemsOf(line)).toEqual(problems)
  })

  test('for everything that is wrong with it at once', () => {
    expect(problemsOf(aLine({ handle: '', connectedAt: 'x' }, { issuedAt: 7 }))).toHaveLength(3)
  })

  test('without a word of its tokens', () => {
    const line = aLine({ handle: 7 }, { accessToken: 'CANARY', refreshToken: 'CANARY\n', other: 'CANARY' })

    expect(problemsOf(line).join()).not.toContain('CANARY')
  })
})

test('a private server is taken where private networks are allowed', () => {
  expect(problemsOf(bluesky({ pdsUrl: 'http://localhost:2583' }), { allowPrivateNetwork: true })).toEqual([])
})

test('whatever a line holds, it is taken or refused and never throws', () => {
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
      expect(['account', 'refused']).toContain(readAccount({ number: 1, kind: 'text', text }, rules).kind)
    }),
    { numRuns: 2000 },
  )
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(aLine())), fc.jsonValue(), (member, value) => {
      expect(['account', 'refused']).toContain(read({ ...aLine(), [member]: value }).kind)
    }),
    { numRuns: 2000 },
  )
})

describe('a line that does harm', () => {
  const deep = (levels: number) => `${'['.repeat(levels)}1${']'.repeat(levels)}`
  const raw = (members: string) =>
    `{"workspaceId":"w","platform":"X","externalId":"1","handle":"h","scopes":[],"credential":{"accessToken":"a"}${members}}`
  const refusedText = (text: string) => readAccount({ number: 7, kind: 'text', text }, rules)

  test('is refused when something in it is nested without end', () => {
    expect(refusedText(raw(`,"meta":{"a":${deep(100_000)}}`))).toEqual({
      kind: 'refused',
      line: 7,
      problems: [{ member: 'meta', problem: 'is nested deeper than 64 levels' }],
    })
    expect(refusedText(deep(100_000))).toMatchObject({ problems: [{ member: 'line' }] })
    expect(refusedText(raw(`,"meta":{"a":${deep(60)}}`))).toMatchObject({ kind: 'account' })
  })

  test.each([
    '9999-12-31T23:59:59-01:00',
    // Good RFC 3339, and no moment to anything that we use.
    '2026-06-30T23:59:60Z',
  ])('is refused with a moment that cannot be kept: %s', (tokenExpiresAt) => {
    expect(problemsOf(aLine({ tokenExpiresAt }))).toEqual(['tokenExpiresAt: must be a moment from 1970 to 9999'])
  })

  test('is refused when its token was issued in the future: it would not be renewed before', () => {
    const issuedAt = '2999-01-01T00:00:00Z'

    expect(problemsOf(aLine({ tokenExpiresAt: null }, { issuedAt }))).toEqual([
      'credential.issuedAt: must not be in the future',
    ])
  })

  test('is refused when its token is half of a character', () => {
    expect(problemsOf(aLine({}, { accessToken: 'half-a-character-\ud800' }))).toEqual([
      'credential: holds characters that cannot be stored',
      'credential.accessToken: holds white space or characters that no token has',
    ])
  })

  test('does not get what looks like another line into the message', () => {
    expect(problemsOf(aLine({ 'x\nline 8: \u001b[2J': 1 }, { '\u0000': 1 }))).toEqual([
      'line: has a member that is not in the format',
      'credential: has a member that is not in the format',
    ])
  })

  test.each(['handle', 'displayName', 'avatarUrl', 'externalId'])('is refused when %s shows a token', (member) => {
    const accessToken = 'EAAB+secret/token'

    expect(problemsOf(aLine({ [member]: `https://cdn.example/?t=${accessToken}` }, { accessToken }))).toEqual([
      `${member}: holds the accessToken`,
    ])
    expect(
      problemsOf(aLine({ [member]: `https://cdn.example/?t=${encodeURIComponent(accessToken)}` }, { accessToken })),
    ).toEqual([`${member}: holds the accessToken`])
  })
})
