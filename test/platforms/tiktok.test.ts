import { describe, expect, test } from 'vitest'
import { tiktok } from '../../src/platforms/tiktok.ts'
import { DAY_MS, HOUR_MS } from '../../src/units.ts'
import { anAnswer, aSubject } from '../fixtures/subject.ts'
import { outcomeOf, readAll } from './tables/row.ts'
import { tiktokTable } from './tables/tiktok.ts'

const subject = aSubject()
const credential = subject.credential

test('the request calls the client id client_key, and its address ends in a slash', () => {
  expect(tiktok.describe(aSubject({ clientId: 'key', clientSecret: 's=e&c ret' }))).toEqual({
    method: 'POST',
    url: 'https://platform.example/v2/oauth/token/',
    headers: { 'cache-control': 'no-cache' },
    form: {
      client_key: 'key',
      client_secret: 's=e&c ret',
      grant_type: 'refresh_token',
      refresh_token: 'old-refresh',
    },
    hostFrom: 'platform',
    spendsToken: true,
  })
})

describe('the answers', () => {
  test.each(tiktokTable.rows)('$answers is $outcome', ({ answers, outcome }) => {
    expect(outcomeOf(readAll(tiktok, subject, answers).reading)).toBe(outcome)
  })

  test('that refuse access mean it when they come twice in a row', () => {
    const denied = anAnswer(200, { error: 'access_denied' })
    const following = (code: string) => tiktok.read(denied, aSubject({ failing: { code, since: subject.now } }))

    expect(following('HTTP 503')).toMatchObject({ kind: 'transient' })
    expect(following('access_denied')).toEqual({ kind: 'revoked', code: 'access_denied' })
  })

  test('that limit wait until the reset, or for a minute', () => {
    const limited = (headers: Record<string, string>) =>
      tiktok.read(anAnswer(429, { error: { code: 'rate_limit_exceeded' } }, headers), subject)

    expect(limited({ 'x-ratelimit-reset': '90' })).toMatchObject({ retryAfterMs: 90_000, scope: 'app' })
    expect(limited({ 'retry-after': '7' })).toMatchObject({ retryAfterMs: 7000 })
    expect(limited({})).toMatchObject({ code: 'rate_limit_exceeded', retryAfterMs: 60_000 })
  })
})

describe('success', () => {
  const answer = (members: object = {}) =>
    anAnswer(200, {
      access_token: 'act.new',
      expires_in: 7200,
      refresh_token: 'rft.new',
      refresh_expires_in: 15_552_000,
      open_id: 'user-1',
      scope: 'user.info.basic,video.publish',
      token_type: 'Bearer',
      ...members,
    })

  test('keeps both tokens, both ends and whose they are', () => {
    expect(tiktok.read(answer(), subject)).toEqual({
      kind: 'renewed',
      tokens: {
        accessToken: 'act.new',
        expiresInMs: 2 * HOUR_MS,
        refreshToken: 'rft.new',
        refreshTokenExpiresInMs: 180 * DAY_MS,
        scopes: ['user.info.basic', 'video.publish'],
        changes: { openId: 'user-1' },
      },
    })
  })

  test('for somebody else is not stored', () => {
    const known = aSubject({ credential: { ...credential, openId: 'user-1' } })

    expect(tiktok.read(answer(), known)).toMatchObject({ kind: 'renewed' })
    expect(tiktok.read(answer({ open_id: undefined }), known)).toMatchObject({
      kind: 'renewed',
      tokens: { changes: {} },
    })
    expect(tiktok.read(answer({ open_id: 'user-2' }), known)).toEqual({ kind: 'unknown', code: 'other_account' })
  })

  test('is not refused for an open_id that nobody could store', () => {
    expect(tiktok.read(answer({ open_id: 'a\u0000b' }), subject)).toMatchObject({ tokens: { changes: {} } })
  })

  test('without a refresh token keeps the one that we have', () => {
    expect(tiktok.read(answer({ refresh_token: undefined }), subject)).toMatchObject({ tokens: { refreshToken: null } })
  })
})
