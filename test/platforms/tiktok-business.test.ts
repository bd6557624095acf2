import { describe, expect, test } from 'vitest'
import { tiktokBusiness } from '../../src/platforms/tiktok-business.ts'
import { DAY_MS } from '../../src/units.ts'
import { anAnswer, aSubject } from '../fixtures/subject.ts'
import { outcomeOf, readAll } from './tables/row.ts'
import { tiktokBusinessTable } from './tables/tiktok-business.ts'

const subject = aSubject()
const read = (code: number, message = 'words', members: Parameters<typeof aSubject>[0] = {}) =>
  tiktokBusiness.read(anAnswer(200, { code, message, data: {} }), aSubject(members))

test('the request is JSON with the client in it, and its address ends in a slash', () => {
  expect(tiktokBusiness.describe(aSubject({ clientId: 'id', clientSecret: 's"e\\cret' }))).toEqual({
    method: 'POST',
    url: 'https://platform.example/open_api/v1.3/tt_user/oauth2/refresh_token/',
    json: { client_id: 'id', client_secret: 's"e\\cret', grant_type: 'refresh_token', refresh_token: 'old-refresh' },
    hostFrom: 'platform',
    spendsToken: true,
  })
})

describe('the answers', () => {
  test.each(tiktokBusinessTable.rows)('$answers is $outcome', ({ answers, outcome }) => {
    const { reading, asked } = readAll(tiktokBusiness, subject, answers)

    expect(outcomeOf(reading)).toBe(outcome)
    expect(asked).toHaveLength(answers.length)
  })

  test('about an access token lead to a question about ours, which spends nothing', () => {
    const { asked } = readAll(tiktokBusiness, aSubject({ clientId: 'id' }), [[200, { code: 40_105, data: {} }]])

    expect(asked[1]).toEqual({
      method: 'POST',
      url: 'https://platform.example/open_api/v1.3/tt_user/token_info/get/',
      json: { app_id: 'id', access_token: 'old-access' },
      hostFrom: 'platform',
      spendsToken: false,
    })
  })

  test('that call the refresh token a wrong parameter mean it when they come twice in a row', () => {
    const following = (code: string) => read(40_002, 'Invalid refresh_token', { failing: { code, since: subject.now } })

    expect(following('40000')).toMatchObject({ kind: 'transient' })
    expect(following('40002')).toEqual({ kind: 'token_expired', code: '40002' })
  })

  test('that limit wait five minutes when they do not say how long', () => {
    expect(read(40_100)).toEqual({ kind: 'rate_limited', code: '40100', scope: 'app', retryAfterMs: 300_000 })
  })

  test('of a maintenance wait ten minutes', () => {
    expect(read(60_001)).toEqual({ kind: 'transient', code: '60001', retryAfterMs: 600_000 })
  })
})

describe('success', () => {
  const data = {
    access_token: 'act.new',
    expires_in: 86_400,
    refresh_token: 'rft.new',
    refresh_token_expires_in: 31_536_000,
    open_id: 'business-1',
    scope: 'user.info.basic,video.publish',
    token_type: 'Bearer',
  }
  const answer = (members: object = {}) => anAnswer(200, { code: 0, message: 'OK', data: { ...data, ...members } })

  test('keeps both tokens, both ends and whose they are', () => {
    expect(tiktokBusiness.read(answer(), subject)).toEqual({
      kind: 'renewed',
      tokens: {
        accessToken: 'act.new',
        expiresInMs: DAY_MS,
        refreshToken: 'rft.new',
        refreshTokenExpiresInMs: 365 * DAY_MS,
        scopes: ['user.info.basic', 'video.publish'],
        changes: { openId: 'business-1' },
      },
    })
  })

  test('for somebody else is not stored', () => {
    const known = aSubject({ credential: { ...subject.credential, openId: 'business-1' } })

    expect(tiktokBusiness.read(answer(), known)).toMatchObject({ kind: 'renewed' })
    expect(tiktokBusiness.read(answer({ open_id: 'business-2' }), known)).toEqual({
      kind: 'unknown',
      code: 'other_account',
    })
  })

  test('needs the code 0: a token below another code is not believed', () => {
    expect(tiktokBusiness.read(anAnswer(200, { code: 40_999, data }), subject)).toMatchObject({ kind: 'unknown' })
    expect(tiktokBusiness.read(anAnswer(200, { data }), subject)).toMatchObject({ kind: 'transient' })
  })
})
