import { describe, expect, test } from 'vitest'
import { pinterest } from '../../src/platforms/pinterest.ts'
import { DAY_MS } from '../../src/units.ts'
import { anAnswer, aSubject } from '../fixtures/subject.ts'
import { pinterestTable } from './tables/pinterest.ts'
import { outcomeOf, readAll } from './tables/row.ts'

const subject = aSubject()

test('the request authenticates by Basic, and sends nothing that is not asked for', () => {
  expect(pinterest.describe(aSubject({ clientId: 'id', clientSecret: 's e/c:r%et' }))).toEqual({
    method: 'POST',
    url: 'https://platform.example/v5/oauth/token',
    headers: { authorization: `Basic ${Buffer.from('id:s+e%2Fc%3Ar%25et').toString('base64')}` },
    form: { grant_type: 'refresh_token', refresh_token: 'old-refresh' },
    hostFrom: 'platform',
    spendsToken: true,
  })
})

describe('the answers', () => {
  test.each(pinterestTable.rows)('$answers is $outcome', ({ answers, outcome }) => {
    expect(outcomeOf(readAll(pinterest, subject, answers).reading)).toBe(outcome)
  })

  test('go by their number into the history', () => {
    expect(pinterest.read(anAnswer(401, { code: 283 }), subject)).toEqual({ kind: 'token_expired', code: '283' })
  })
})

describe('success', () => {
  const read = (members: object) => pinterest.read(anAnswer(200, { access_token: 'pina_new', ...members }), subject)

  test('gives a new refresh token with a new window', () => {
    const answer = {
      response_type: 'refresh_token',
      expires_in: 2_592_000,
      refresh_token: 'pinr.new',
      refresh_token_expires_in: 5_184_000,
      refresh_token_expires_at: 1_767_000_000,
      scope: 'boards:read,pins:write',
    }

    expect(read(answer)).toEqual({
      kind: 'renewed',
      tokens: {
        accessToken: 'pina_new',
        expiresInMs: 30 * DAY_MS,
        refreshToken: 'pinr.new',
        refreshTokenExpiresInMs: 60 * DAY_MS,
        scopes: ['boards:read', 'pins:write'],
      },
    })
  })

  test('may say when the refresh token ends as a moment', () => {
    const endsAtS = Math.floor(subject.now.getTime() / 1000) + 1000

    expect(read({ refresh_token_expires_at: endsAtS })).toMatchObject({
      tokens: { refreshTokenExpiresInMs: 1_000_000 },
    })
    expect(read({ refresh_token_expires_at: 7 })).toMatchObject({ tokens: { refreshTokenExpiresInMs: null } })
    expect(read({})).toMatchObject({ tokens: { refreshToken: null, refreshTokenExpiresInMs: null } })
  })
})

describe('a limit', () => {
  const waitOf = (headers: Record<string, string>) => pinterest.read(anAnswer(429, { code: 8 }, headers), subject)

  test('waits until the reset, in seconds or as a moment, or for a minute', () => {
    const resetAtS = String(Math.floor(subject.now.getTime() / 1000) + 90)

    expect(waitOf({ 'x-ratelimit-reset': '45' })).toMatchObject({ retryAfterMs: 45_000, scope: 'app' })
    expect(waitOf({ 'x-ratelimit-reset': resetAtS })).toMatchObject({ retryAfterMs: 90_000 })
    expect(waitOf({})).toMatchObject({ retryAfterMs: 60_000 })
  })
})

test('an answer that is nested without end is read all the same', () => {
  const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)

  expect(pinterest.read(anAnswer(401, { code: 283, data: deep }), aSubject())).toEqual({
    kind: 'token_expired',
    code: '283',
  })
})
