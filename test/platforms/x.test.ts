import { describe, expect, test } from 'vitest'
import { x } from '../../src/platforms/x.ts'
import { anAnswer, aSubject } from '../fixtures/subject.ts'

describe('the request', () => {
  test('authenticates a confidential client by Basic and sends client_id in the body too', () => {
    const request = x.describe(aSubject({ clientId: 'id', clientSecret: 's e/c:r%et' }))

    expect(request).toEqual({
      method: 'POST',
      url: 'https://platform.example/2/oauth2/token',
      headers: { authorization: `Basic ${Buffer.from('id:s+e%2Fc%3Ar%25et').toString('base64')}` },
      form: { grant_type: 'refresh_token', refresh_token: 'old-refresh', client_id: 'id' },
      hostFrom: 'platform',
      spendsToken: true,
    })
  })

  test('of a public client has no authorization', () => {
    expect(x.describe(aSubject({ clientId: 'id', clientSecret: null })).headers).toEqual({})
  })
})

describe('the answers', () => {
  const dead = 'Value passed for the token was invalid.'
  test.each([
    [400, { error: 'invalid_request', error_description: dead }, 'token_expired'],
    [400, { error: 'invalid_grant' }, 'token_expired'],
    [
      400,
      { error: 'invalid_request', error_description: 'Missing required parameter [client_id].' },
      'app_misconfigured',
    ],
    [
      400,
      { error: 'invalid_request', error_description: 'Value passed for the grant type was invalid.' },
      'app_misconfigured',
    ],
    [400, { error: 'unsupported_grant_type' }, 'app_misconfigured'],
    [
      401,
      { error: 'unauthorized_client', error_description: 'Missing valid authorization header' },
      'app_misconfigured',
    ],
    [400, { error: 'invalid_client' }, 'app_misconfigured'],
    [401, { error: 'invalid_client' }, 'app_misconfigured'],
    [401, { error: 'invalid_request', error_description: dead }, 'app_misconfigured'],
    [403, { title: 'Client Forbidden', reason: 'client-not-enrolled' }, 'app_misconfigured'],
    [402, { title: 'CreditsDepleted' }, 'app_misconfigured'],
    [403, undefined, 'transient'],
    [400, undefined, 'transient'],
    [400, {}, 'unknown'],
    [400, ['strange'], 'unknown'],
    [404, { error: 'not_found' }, 'unknown'],
    [302, {}, 'unknown'],
    [500, { error: 'invalid_grant' }, 'transient'],
    [503, undefined, 'transient'],
    [200, { token_type: 'bearer' }, 'transient'],
    [200, { access_token: ' ' }, 'transient'],
    [200, undefined, 'transient'],
  ])('%i %j is %s', (status, json, kind) => {
    expect(x.read(anAnswer(status, json), aSubject())).toMatchObject({ kind })
  })

  test('429 waits until the reset, as long as Retry-After says, or for a window of X', () => {
    const subject = aSubject()
    const resetAt = String(Math.floor(subject.now.getTime() / 1000) + 90)

    expect(x.read(anAnswer(429, {}, { 'x-rate-limit-reset': resetAt }), subject)).toMatchObject({
      retryAfterMs: 90_000,
      scope: 'app',
    })
    expect(x.read(anAnswer(429, {}, { 'retry-after': '7' }), subject)).toMatchObject({ retryAfterMs: 7000 })
    expect(x.read(anAnswer(429, undefined), subject)).toMatchObject({ kind: 'rate_limited', retryAfterMs: 900_000 })
  })
})
