import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Answer } from '../../src/oauth/request.ts'
import type { Credential } from '../../src/platforms/credential.ts'
import { findStrategy, STRATEGIES } from '../../src/platforms/registry.ts'
import type { NextExchange, Reading, Strategy } from '../../src/platforms/strategy.ts'
import { withholdSecrets } from '../../src/refresh/stored-credential.ts'
import { aKey } from '../fixtures/bluesky.ts'
import { anAnswer, aSubject } from '../fixtures/subject.ts'
import { readAll } from './tables/row.ts'

/** A credential with everything that the kind can hold. */
const credential = ({ kind, members }: Strategy): Credential => ({
  kind,
  accessToken: 'ACCESS-SECRET',
  refreshToken: 'REFRESH-SECRET',
  ...(members.includes('userAccessToken') ? { userAccessToken: 'USER-SECRET' } : {}),
  ...(members.includes('pdsUrl') ? { pdsUrl: 'https://pds.example.com', did: 'did:plc:ewvi7nxzyoun6zhxrhs64oiz' } : {}),
  ...(members.includes('dpopKey')
    ? { did: 'did:plc:ewvi7nxzyoun6zhxrhs64oiz', issuer: 'https://auth.example.com', dpopKey: aKey() }
    : {}),
})

const subjectOf = (strategy: Strategy) => aSubject({ credential: credential(strategy) })

/** What is true of every platform. */
describe.each(STRATEGIES.map((strategy) => [`${strategy.platform} ${strategy.kind ?? ''}`.trim(), strategy] as const))(
  '%s',
  (_name, strategy) => {
    const subject = subjectOf(strategy)
    /** What a strategy makes of its first answer when everything that it asks after that fails. */
    const read = (status: number, json: unknown) => {
      let reading = strategy.read(anAnswer(status, json), subject)
      while (reading.kind === 'ask') reading = reading.exchange.read(anAnswer(503, undefined))
      return reading
    }

    test('is found by its platform and kind', () => {
      expect(findStrategy(strategy.platform, strategy.kind)).toBe(strategy)
    })

    test.each([500, 502, 503, 504, 403, 400, 200])('takes a page with status %i for a bad moment', (status) => {
      expect(read(status, undefined)).toMatchObject({ kind: 'transient' })
    })

    test('takes a page with status 404 for a bad moment, or for an address of ours that is wrong', () => {
      expect(['transient', 'app_misconfigured']).toContain(read(404, undefined).kind)
    })

    test.each([
      {},
      { access_token: '' },
      { access_token: null },
      { access_token: '  ' },
      { accessJwt: '', refreshJwt: '' },
    ])('takes a success without a token for a bad moment: %j', (body) => {
      expect(read(200, body)).toMatchObject({ kind: 'transient' })
    })

    test('slows down on 429', () => {
      expect(read(429, undefined)).toMatchObject({ kind: 'rate_limited' })
    })

    test('follows no redirect', () => {
      expect(['unknown', 'transient']).toContain(read(302, {}).kind)
    })

    test('sends its secrets to the host of the platform or of the account only, over https', () => {
      const request = strategy.describe(subject)

      // A look-up in a directory goes elsewhere, and carries none.
      const isSecret = JSON.stringify(request).includes('SECRET')
      const directory = isSecret ? [] : [subject.plcUrl]
      expect([subject.baseUrl, subject.credential.pdsUrl, ...directory]).toContain(new URL(request.url).origin)
    })

    test('has a policy that leaves time between the due moment and the end', () => {
      const [from, to] = strategy.dueShare

      expect(0 < from && from < to && to < 0.9).toBe(true)
      expect(strategy.graceMs === 0 || strategy.singleUse).toBe(true)
      expect(strategy.replayEndsGrant && !strategy.singleUse).toBe(false)
      expect(strategy.minimumAgeMs).toBeLessThan((strategy.assumedLifetimeMs ?? strategy.checkEveryMs ?? 0) * from)
    })

    test('reads whatever comes without throwing, and tells no secret', () => {
      fc.assert(
        fc.property(fc.integer({ min: 100, max: 599 }), anyBody, anyHeaders, (status, json, headers) => {
          const reading = follow(
            strategy.read(anAnswer(status, json, headers), subject),
            anAnswer(status, json, headers),
          )

          if (reading.kind === 'renewed' || reading.kind === 'ask') return
          expect(JSON.stringify(withholdSecrets(reading, subject.credential))).not.toContain('SECRET')
        }),
        { numRuns: 2000 },
      )
    })

    test('never ends an account without an explicit signature', () => {
      fc.assert(
        fc.property(anyStatus, anyBody, anyStatus, anyBody, (status, json, nextStatus, nextJson) => {
          const reading = follow(strategy.read(anAnswer(status, json), subject), anAnswer(nextStatus, nextJson))

          expect(isTerminal(reading) && !isSigned(json) && !isSigned(nextJson)).toBe(false)
        }),
        { numRuns: 2000 },
      )
    })

    test('nor does it where one answer leads to another request', () => {
      fc.assert(
        fc.property(anyAnswers, (answers) => {
          const { asked, reading } = readAll(strategy, subject, answers)
          const bodies = answers.slice(0, asked.length).map(([, json]) => json)

          expect(asked.length).toBeLessThanOrEqual(6)
          expect(reading !== null && isTerminal(reading) && !bodies.some(isSigned)).toBe(false)
        }),
        { numRuns: 2000 },
      )
    })

    test('sends its secrets nowhere else in what it asks next', () => {
      fc.assert(
        fc.property(anyAnswers, (answers) => {
          for (const { url } of readAll(strategy, subject, answers).asked.slice(1)) {
            expect([subject.baseUrl, subject.plcUrl, subject.credential.pdsUrl]).toContain(new URL(url).origin)
          }
        }),
      )
    })
  },
)

/** Gives the same answer to whatever else a strategy asks; one more question stays a question. */
const follow = (reading: Reading | NextExchange, answer: Answer): Reading | NextExchange =>
  reading.kind === 'ask' ? reading.exchange.read(answer) : reading

const isTerminal = (reading: Reading | NextExchange) => reading.kind === 'token_expired' || reading.kind === 'revoked'

/** Words and numbers by which platforms call a grant dead. */
const SIGNATURES =
  /invalid_grant|value passed for the token was invalid|refresh token is invalid, expired|admin_policy|account restricted|auth_removed|"code":"?(190|102|10|2\d\d|4[56]\d|4010[2357]|40131)\b|"(error_)?subcode":4[56]\d|49[23]|ExpiredToken|InvalidToken|AccountTakedown|AccountNotFound|could not find user info/i

const isSigned = (json: unknown) => SIGNATURES.test(JSON.stringify(json) ?? '')

const word = fc.constantFrom(
  ...[
    'invalid_request',
    'invalid_client',
    'server_error',
    'temporarily_unavailable',
    'access_denied',
    'OAuthException',
  ],
  ...['InvalidRequest', 'RateLimitExceeded', 'InternalServerError', 'UpstreamFailure', 'REFRESH-SECRET', ''],
)
const dead = fc.constantFrom(
  ...['invalid_grant', 'admin_policy_enforced', 'auth_removed', 'Refresh token is invalid', 'Account restricted'],
  ...['The provided authorization grant or refresh token is invalid, expired or revoked.', 'account was deleted'],
)
/** Numbers by which platforms call things, deadly ones and their neighbours. */
const number = fc.constantFrom(
  0,
  1,
  2,
  8,
  29,
  283,
  40000,
  40002,
  40100,
  40101,
  40102,
  40103,
  40105,
  40107,
  40131,
  60001,
)
const leaf = fc.oneof(word, dead, number, fc.string(), fc.integer(), fc.double(), fc.boolean(), fc.constant(null))
const member = fc.constantFrom(
  ...['error', 'error_description', 'code', 'error_subcode', 'message', 'type', 'is_transient', 'access_token'],
  ...[
    'expires_in',
    'scope',
    'refresh_token',
    'accessJwt',
    'refreshJwt',
    'did',
    'didDoc',
    'title',
    'error_message',
    'error_subtype',
    'status',
    'data',
    'open_id',
    'refresh_expires_in',
    'refresh_token_expires_in',
    'refresh_token_expires_at',
  ],
)
const object = fc.dictionary(member, fc.oneof(leaf, fc.dictionary(member, leaf), fc.array(leaf)))
const anyStatus = fc.oneof(fc.constantFrom(200, 400, 401, 403), fc.integer({ min: 100, max: 599 }))
/** Numbers that mean something to somebody, and others. */
const metaNumber = fc.oneof(
  { arbitrary: fc.constantFrom(2, 33, 100, 101, 190, 200, 463, 492, 80_002), weight: 4 },
  { arbitrary: fc.integer(), weight: 1 },
)
const words = fc.constantFrom(
  'The requested resource does not exist',
  'Invalid OAuth access token',
  'Permissions error',
)
const metaError = fc.record(
  {
    code: metaNumber,
    error_subcode: metaNumber,
    subcode: metaNumber,
    message: words,
    type: fc.constant('OAuthException'),
  },
  { requiredKeys: ['code', 'message'] },
)
/** What debug_token answers, more or less: the first answer of accounts that are connected through Facebook Login. */
const tokenState = fc.record(
  {
    app_id: fc.constantFrom('client', 'other'),
    type: fc.constantFrom('PAGE', 'USER'),
    is_valid: fc.boolean(),
    expires_at: fc.constantFrom(0, 1, 2_000_000_000, 1e300),
    error: metaError,
  },
  { requiredKeys: ['is_valid'] },
)
const metaBody = fc.oneof(fc.record({ error: metaError }), fc.record({ data: tokenState }), fc.record({ id: word }))
const anyBody: fc.Arbitrary<unknown> = fc.oneof(object, metaBody, leaf, fc.array(object), fc.constant(undefined))
/** As many as the longest conversation takes; mostly such as lead somewhere. */
const anyAnswers = fc.array(
  fc.tuple(fc.oneof(fc.constantFrom(200, 400), fc.integer({ min: 100, max: 599 })), fc.oneof(metaBody, anyBody)),
  { minLength: 6 },
)
const anyHeaders = fc.dictionary(
  fc.constantFrom('retry-after', 'x-rate-limit-reset', 'ratelimit-reset', 'x-business-use-case-usage'),
  fc.oneof(
    fc.string(),
    fc.integer().map(String),
    fc.constantFrom('{"a":[{"estimated_time_to_regain_access":-5}]}', '[]', '{"a":null}'),
  ),
)
