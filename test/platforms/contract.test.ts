import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Credential } from '../../src/platforms/credential.ts'
import { findStrategy, STRATEGIES } from '../../src/platforms/registry.ts'
import type { Reading, Strategy } from '../../src/platforms/strategy.ts'
import { withholdSecrets } from '../../src/refresh/stored-credential.ts'
import { anAnswer, aSubject } from '../fixtures/subject.ts'
import { readAll } from './tables/row.ts'

/** A credential with everything that the kind can hold. */
const credential = ({ kind, members }: Strategy): Credential => ({
  kind,
  accessToken: 'ACCESS-SECRET',
  refreshToken: 'REFRESH-SECRET',
  ...(members.includes('userAccessToken') ? { userAccessToken: 'USER-SECRET' } : {}),
  ...(members.includes('pdsUrl') ? { pdsUrl: 'https://pds.example.com', did: 'did:plc:ewvi7nxzyoun6zhxrhs64oiz' } : {}),
})

const subjectOf = (strategy: Strategy) => aSubject({ credential: credential(strategy) })

/** What is true of every platform. */
describe.each(STRATEGIES.map((strategy) => [`${strategy.platform} ${strategy.kind ?? ''}`.trim(), strategy] as const))(
  '%s',
  (_name, strategy) => {
    const subject = subjectOf(strategy)
    const read = (status: number, json: unknown) => strategy.read(anAnswer(status, json), subject)

    test('is found by its platform and kind', () => {
      expect(findStrategy(strategy.platform, strategy.kind)).toBe(strategy)
    })

    test.each([500, 502, 503, 504, 403, 404, 400, 200])('takes a page with status %i for a bad moment', (status) => {
      expect(read(status, undefined)).toMatchObject({ kind: 'transient' })
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

      expect([subject.baseUrl, subject.credential.pdsUrl]).toContain(new URL(request.url).origin)
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
          const reading = strategy.read({ status, json, headers }, subject)

          if (reading.kind === 'renewed' || reading.kind === 'ask') return
          expect(JSON.stringify(withholdSecrets(reading, subject.credential))).not.toContain('SECRET')
        }),
        { numRuns: 2000 },
      )
    })

    test('never ends an account without an explicit signature', () => {
      fc.assert(
        fc.property(fc.integer({ min: 100, max: 599 }), anyBody, (status, json) => {
          const reading = strategy.read(anAnswer(status, json), subject)

          expect(isTerminal(reading) && !isSigned(json)).toBe(false)
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

const isTerminal = (reading: Reading | { kind: 'ask' }) =>
  reading.kind === 'token_expired' || reading.kind === 'revoked'

/** Words and numbers by which platforms call a grant dead. */
const SIGNATURES =
  /invalid_grant|value passed for the token was invalid|"code":(190|102|10|2\d\d|4[56]\d)\b|"(error_)?subcode":4[56]\d|49[23]|ExpiredToken|InvalidToken|AccountTakedown|AccountNotFound|could not find user info/i

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
const leaf = fc.oneof(word, fc.string(), fc.integer(), fc.double(), fc.boolean(), fc.constant(null))
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
    'data',
  ],
)
const object = fc.dictionary(member, fc.oneof(leaf, fc.dictionary(member, leaf), fc.array(leaf)))
/** Numbers that mean something to somebody, and others. */
const number = fc.oneof(
  { arbitrary: fc.constantFrom(2, 33, 100, 101, 190, 200, 463, 492, 80_002), weight: 4 },
  { arbitrary: fc.integer(), weight: 1 },
)
const words = fc.constantFrom(
  'The requested resource does not exist',
  'Invalid OAuth access token',
  'Permissions error',
)
const metaError = fc.record(
  { code: number, error_subcode: number, subcode: number, message: words, type: fc.constant('OAuthException') },
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
