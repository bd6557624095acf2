import { describe, expect, test } from 'vitest'
import { linkedinCompany, linkedinPerson } from '../../src/platforms/linkedin.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/units.ts'
import { anAnswer, aSubject } from '../fixtures/subject.ts'
import { linkedinCompanyTable, linkedinPersonTable } from './tables/linkedin.ts'
import { outcomeOf, readAll } from './tables/row.ts'

const subject = aSubject()
const inDays = (days: number) => new Date(subject.now.getTime() + days * DAY_MS)

test('the request authenticates in the body, and sends nothing that is not asked for', () => {
  expect(linkedinPerson.describe(aSubject({ clientId: 'id', clientSecret: 's=e&c ret' }))).toEqual({
    method: 'POST',
    url: 'https://platform.example/oauth/v2/accessToken',
    form: { grant_type: 'refresh_token', refresh_token: 'old-refresh', client_id: 'id', client_secret: 's=e&c ret' },
    hostFrom: 'platform',
    spendsToken: true,
  })
})

describe.each([
  ['a person', linkedinPersonTable],
  ['a company', linkedinCompanyTable],
])('the answers for %s', (_name, { strategy, rows }) => {
  test.each(rows)('$answers is $outcome', ({ answers, outcome }) => {
    const { reading, asked } = readAll(strategy, aSubject(), answers)

    expect(outcomeOf(reading)).toBe(outcome)
    expect(asked).toHaveLength(answers.length)
  })
})

test('a person and a company are two platforms of one app', () => {
  expect([linkedinPerson, linkedinCompany].map(({ platform, app }) => [platform, app])).toEqual([
    ['LINKEDIN_PERSON', 'LINKEDIN'],
    ['LINKEDIN_COMPANY', 'LINKEDIN'],
  ])
})

test('a missing entitlement leaves the account as it is until its access token ends', () => {
  const answer = anAnswer(401, { error: 'access_denied', error_description: 'Refresh token not allowed' })

  expect(linkedinPerson.read(answer, subject)).toEqual({ kind: 'cannot_renew', code: 'access_denied' })
})

describe('a dead grant', () => {
  const refused = anAnswer(400, {
    error: 'invalid_request',
    error_description: 'The provided authorization grant or refresh token is invalid, expired or revoked.',
  })

  test('is asked about with the access token, which spends nothing', () => {
    const { asked } = readAll(linkedinPerson, aSubject({ clientId: 'id', clientSecret: 'secret' }), [
      [refused.status, refused.json],
    ])

    expect(asked[1]).toEqual({
      method: 'POST',
      url: 'https://platform.example/oauth/v2/introspectToken',
      form: { token: 'old-access', client_id: 'id', client_secret: 'secret' },
      hostFrom: 'platform',
      spendsToken: false,
    })
  })

  test('stays dead when nobody answers that question', () => {
    expect(linkedinPerson.read(refused, subject)).toMatchObject({
      kind: 'ask',
      exchange: { unanswered: { kind: 'token_expired', code: 'invalid_request' } },
    })
  })
})

describe('success', () => {
  const answer = (members: object) =>
    anAnswer(200, { access_token: 'new', expires_in: 5_184_000, refresh_token: 'same', ...members })
  const lifetimeOf = (members: object, stored: Date | null = null) => {
    const reading = linkedinPerson.read(answer(members), aSubject({ refreshTokenExpiresAt: stored }))
    return reading.kind === 'renewed' ? reading.tokens.refreshTokenExpiresInMs : reading
  }

  test('keeps what came, with scopes that are parted by commas', () => {
    const scope = 'r_basicprofile,w_member_social r_organization_social'

    expect(linkedinPerson.read(answer({ scope, refresh_token_expires_in: '31536000' }), subject)).toEqual({
      kind: 'renewed',
      tokens: {
        accessToken: 'new',
        expiresInMs: 60 * DAY_MS,
        refreshToken: 'same',
        refreshTokenExpiresInMs: 365 * DAY_MS,
        scopes: ['r_basicprofile', 'w_member_social', 'r_organization_social'],
      },
    })
  })

  test('takes a number that is far smaller than the access token lives for minutes', () => {
    expect(lifetimeOf({ refresh_token_expires_in: 525_600 })).toBe(365 * DAY_MS)
    expect(lifetimeOf({ refresh_token_expires_in: 439_200 }, inDays(306))).toBe(305 * DAY_MS)
    expect(lifetimeOf({ expires_in: 432_000, refresh_token_expires_in: 7200 }, inDays(5))).toBe(5 * DAY_MS)
  })

  test('takes the one of a capped token for seconds, also when it is a second less', () => {
    expect(lifetimeOf({ expires_in: 432_000, refresh_token_expires_in: 431_999 }, inDays(5))).toBe(431_999_000)
  })

  test('does not believe what would shorten the grant by more than 30 days', () => {
    expect(lifetimeOf({ refresh_token_expires_in: 200 * 86_400 }, inDays(231))).toBeNull()
    expect(lifetimeOf({ refresh_token_expires_in: 200 * 86_400 }, inDays(229))).toBe(200 * DAY_MS)
    expect(lifetimeOf({ refresh_token_expires_in: 365 * 86_400 }, inDays(10))).toBe(365 * DAY_MS)
    expect(lifetimeOf({})).toBeNull()
    expect(lifetimeOf({ refresh_token_expires_in: 'soon' }, inDays(100))).toBeNull()
  })
})

describe('before the request', () => {
  const precheck = (members: Parameters<typeof aSubject>[0]) => linkedinPerson.precheck?.(aSubject(members))

  test('a token that its refresh token outlives is ready', () => {
    expect(precheck({ tokenExpiresAt: inDays(5), refreshTokenExpiresAt: inDays(6) })).toEqual({ kind: 'ready' })
    expect(precheck({ tokenExpiresAt: inDays(5), refreshTokenExpiresAt: null })).toEqual({ kind: 'ready' })
    expect(precheck({ tokenExpiresAt: null, refreshTokenExpiresAt: inDays(5) })).toEqual({ kind: 'ready' })
  })

  test.each([
    ['ends with it', 5 * DAY_MS],
    ['ends within the hour after it', 5 * DAY_MS + HOUR_MS],
    ['ends before it', DAY_MS],
    ['has ended, as far as we know', -DAY_MS],
  ])('a token whose refresh token %s waits for its last day', (_name, refreshEndsInMs) => {
    const refreshTokenExpiresAt = new Date(subject.now.getTime() + refreshEndsInMs)

    expect(precheck({ tokenExpiresAt: inDays(5), refreshTokenExpiresAt })).toEqual({
      kind: 'not_yet_refreshable',
      at: inDays(4),
      code: 'capped',
    })
  })

  test('on its last day it is tried, and a token that came of that is not tried again', () => {
    const capped = { tokenExpiresAt: inDays(0.9), refreshTokenExpiresAt: inDays(0.9) }

    expect(precheck({ ...capped, issuedAt: inDays(-20) })).toEqual({ kind: 'ready' })
    expect(precheck({ ...capped, issuedAt: inDays(-0.01) })).toEqual({ kind: 'cannot_renew', code: 'capped' })
  })
})

describe('a limit', () => {
  const waitOf = (members: Parameters<typeof aSubject>[0], headers = {}) => {
    const reading = linkedinPerson.read(anAnswer(429, { serviceErrorCode: 101 }, headers), aSubject(members))
    return reading.kind === 'rate_limited' ? reading.retryAfterMs : reading
  }
  const failingFor = (minutes: number, code = '101') => ({
    failing: { code, since: new Date(subject.now.getTime() - minutes * MINUTE_MS) },
  })

  test('waits a quarter of an hour, then twice as long from try to try', () => {
    expect(waitOf({})).toBe(15 * MINUTE_MS)
    expect(waitOf(failingFor(16))).toBe(16 * MINUTE_MS)
    expect(waitOf(failingFor(60))).toBe(HOUR_MS)
    expect(waitOf(failingFor(60, 'HTTP 503'))).toBe(15 * MINUTE_MS)
  })

  test('waits no longer than until midnight, when LinkedIn starts to count again', () => {
    expect(waitOf(failingFor(6000))).toBe(12 * HOUR_MS)
    expect(waitOf({ now: new Date('2026-11-23T23:55:00Z') })).toBe(5 * MINUTE_MS)
  })

  test('waits as long as it says', () => {
    expect(waitOf({}, { 'retry-after': '7' })).toBe(7000)
  })
})
