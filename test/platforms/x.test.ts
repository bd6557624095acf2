import { describe, expect, test } from 'vitest'
import { x } from '../../src/platforms/x.ts'
import { anAnswer, aSubject } from '../fixtures/subject.ts'
import { outcomeOf, readAll } from './tables/row.ts'
import { xTable } from './tables/x.ts'

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
  test.each(xTable.rows)('$answers is $outcome', ({ answers, outcome }) => {
    expect(outcomeOf(readAll(x, aSubject(), answers).reading)).toBe(outcome)
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
