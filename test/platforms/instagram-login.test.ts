import { describe, expect, test } from 'vitest'
import { instagramLogin } from '../../src/platforms/instagram-login.ts'
import { HOUR_MS } from '../../src/units.ts'
import { anAnswer, aSubject } from '../fixtures/subject.ts'

const subject = aSubject()
const issued = (hoursAgo: number) => new Date(subject.now.getTime() - hoursAgo * HOUR_MS)

const error = (code: number, subcode?: number, message = 'words', type = 'OAuthException') => ({
  error: { message, type, code, ...(subcode === undefined ? {} : { error_subcode: subcode }), fbtrace_id: 'A1' },
})

test('the request is a GET with the token in the query and nothing of our app', () => {
  const request = instagramLogin.describe(
    aSubject({ credential: { kind: 'instagram_login', accessToken: 'IG+a/b', refreshToken: null } }),
  )

  expect(request).toMatchObject({
    method: 'GET',
    url: 'https://platform.example/refresh_access_token?grant_type=ig_refresh_token&access_token=IG%2Ba%2Fb',
  })
  expect(request.form).toBeUndefined()
  expect(request.headers).toBeUndefined()
})

test('success gives a new end and no refresh token', () => {
  const body = { access_token: 'IGnew', token_type: 'bearer', expires_in: 5_183_944 }

  expect(instagramLogin.read(anAnswer(200, body), subject)).toMatchObject({
    kind: 'renewed',
    tokens: { accessToken: 'IGnew', expiresInMs: 5_183_944_000, refreshToken: null, scopes: null },
  })
})

describe('the answers', () => {
  test.each([
    [400, error(190, 463, 'Error validating access token: Session has expired'), 'token_expired'],
    [400, error(190, 460, 'the user changed their password'), 'revoked'],
    [400, error(190, 458, 'The user has not authorized application 123.'), 'revoked'],
    [400, error(190, 459), 'revoked'],
    [400, error(190, 464), 'revoked'],
    [400, error(190, 467), 'token_expired'],
    [400, error(190, 493), 'token_expired'],
    [400, error(190), 'token_expired'],
    [401, error(102), 'token_expired'],
    [400, { error: { ...error(190, 463).error, is_transient: true } }, 'token_expired'],
    [400, error(1, undefined, 'Error validating client secret.'), 'app_misconfigured'],
    [400, error(1, undefined, 'An unknown error occurred'), 'transient'],
    [500, error(2), 'transient'],
    [400, error(101), 'app_misconfigured'],
    [400, error(104), 'app_misconfigured'],
    [
      400,
      error(100, undefined, 'Invalid appsecret_proof provided in the API argument', 'GraphMethodException'),
      'app_misconfigured',
    ],
    [400, error(200, undefined, 'API access blocked.'), 'app_misconfigured'],
    [400, error(200), 'revoked'],
    [400, error(10), 'revoked'],
    [400, error(368, 4854002), 'transient'],
    [400, { error: { message: 'x', code: 9999, is_transient: true } }, 'transient'],
    [403, error(4, undefined, '(#4) Application request limit reached'), 'rate_limited'],
    [400, error(17), 'rate_limited'],
    [400, error(613, 1996), 'rate_limited'],
    [400, error(80_002), 'rate_limited'],
    [429, error(190), 'rate_limited'],
    [400, { error_type: 'OAuthException', code: 400, error_message: 'Invalid platform app' }, 'app_misconfigured'],
    [400, { error: 'something' }, 'unknown'],
    [400, error(100, undefined, 'Unsupported request - method type: get'), 'unknown'],
    [400, error(2500), 'unknown'],
    [200, error(190, 463), 'token_expired'],
    [200, { token_type: 'bearer', expires_in: 5_183_944 }, 'transient'],
    [502, undefined, 'transient'],
    [400, undefined, 'transient'],
    [500, {}, 'transient'],
    [404, {}, 'unknown'],
  ])('%i %j is %s', (status, json, kind) => {
    expect(instagramLogin.read(anAnswer(status, json), subject)).toMatchObject({ kind })
  })

  test('a limit waits as long as the usage header says, in minutes', () => {
    const usage = JSON.stringify({
      '178414': [{ type: 'instagram', call_count: 100, estimated_time_to_regain_access: 19 }],
      '178415': [{ type: 'pages', estimated_time_to_regain_access: 3 }],
    })

    expect(
      instagramLogin.read(anAnswer(400, error(80_002), { 'x-business-use-case-usage': usage }), subject),
    ).toMatchObject({
      retryAfterMs: 19 * 60_000,
      scope: 'account',
    })
    expect(instagramLogin.read(anAnswer(400, error(4)), subject)).toMatchObject({ retryAfterMs: HOUR_MS, scope: 'app' })
  })

  test('an error that nobody knows is explained by a token that is too young', () => {
    const young = aSubject({ issuedAt: issued(25) })

    expect(instagramLogin.read(anAnswer(400, error(100)), young)).toMatchObject({
      kind: 'not_yet_refreshable',
      at: new Date(young.now.getTime() + HOUR_MS),
    })
    expect(instagramLogin.read(anAnswer(400, error(190, 463)), young)).toMatchObject({ kind: 'token_expired' })
  })
})

describe('before the request', () => {
  test('a token under 24 hours waits until it is 25 hours old', () => {
    expect(instagramLogin.precheck?.(aSubject({ issuedAt: issued(23) }))).toMatchObject({
      kind: 'not_yet_refreshable',
      at: new Date(subject.now.getTime() + 2 * HOUR_MS),
    })
    expect(instagramLogin.precheck?.(aSubject({ issuedAt: issued(24) }))).toEqual({ kind: 'ready' })
  })

  test('a token that has ended is not sent', () => {
    expect(instagramLogin.precheck?.(aSubject({ tokenExpiresAt: subject.now }))).toEqual({
      kind: 'cannot_renew',
      code: null,
    })
  })

  test('a token that never gets old enough is asked for as it is', () => {
    const short = aSubject({ issuedAt: issued(0.5), tokenExpiresAt: new Date(subject.now.getTime() + HOUR_MS / 2) })

    expect(instagramLogin.precheck?.(short)).toEqual({ kind: 'ready' })
  })
})
