import { describe, expect, test } from 'vitest'
import { youtube } from '../../src/platforms/youtube.ts'
import { anAnswer, aSubject } from '../fixtures/subject.ts'
import { outcomeOf, readAll } from './tables/row.ts'
import { youtubeTable } from './tables/youtube.ts'

const subject = aSubject()

test('the request authenticates in the body, and sends nothing that is not asked for', () => {
  expect(youtube.describe(aSubject({ clientId: 'id', clientSecret: 's=e&c ret' }))).toEqual({
    method: 'POST',
    url: 'https://platform.example/token',
    form: { grant_type: 'refresh_token', refresh_token: 'old-refresh', client_id: 'id', client_secret: 's=e&c ret' },
    hostFrom: 'platform',
    spendsToken: true,
  })
})

describe('the answers', () => {
  test.each(youtubeTable.rows)('$answers is $outcome', ({ answers, outcome }) => {
    expect(outcomeOf(readAll(youtube, subject, answers).reading)).toBe(outcome)
  })

  test('of an administrator who limits sessions say so in the history', () => {
    const answer = anAnswer(400, { error: 'invalid_grant', error_subtype: 'invalid_rapt' })

    expect(youtube.read(answer, subject)).toEqual({ kind: 'token_expired', code: 'invalid_rapt' })
  })

  test('that are a page leave nothing of it in the history', () => {
    const answer = { ...anAnswer(403, undefined), page: '<h1>User Rate Limit Exceeded</h1>' }

    expect(youtube.read(answer, subject)).toEqual({
      kind: 'rate_limited',
      code: 'HTTP 403',
      scope: 'app',
      retryAfterMs: null,
    })
  })
})

describe('success', () => {
  const read = (members: object) => youtube.read(anAnswer(200, { access_token: 'ya29.new', ...members }), subject)

  test('has no refresh token as a rule, so that the one we have stays', () => {
    const answer = { expires_in: 3599, scope: 'https://www.googleapis.com/auth/youtube.upload', token_type: 'Bearer' }

    expect(read(answer)).toEqual({
      kind: 'renewed',
      tokens: {
        accessToken: 'ya29.new',
        expiresInMs: 3_599_000,
        refreshToken: null,
        refreshTokenExpiresInMs: null,
        scopes: ['https://www.googleapis.com/auth/youtube.upload'],
      },
    })
  })

  test('may have one, and say when the access that the owner granted ends', () => {
    expect(read({ refresh_token: '1//new', refresh_token_expires_in: 604_799 })).toMatchObject({
      tokens: { refreshToken: '1//new', refreshTokenExpiresInMs: 604_799_000 },
    })
  })
})
