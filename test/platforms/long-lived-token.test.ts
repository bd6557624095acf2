import { describe, expect, test } from 'vitest'
import { instagramLogin, threads } from '../../src/platforms/long-lived-token.ts'
import type { Subject } from '../../src/platforms/strategy.ts'
import { settle } from '../../src/rules/settle.ts'
import { DAY_MS, HOUR_MS } from '../../src/units.ts'
import { anAnswer, aSubject } from '../fixtures/subject.ts'
import { instagramLoginTable, threadsTable } from './tables/long-lived-token.ts'
import { metaError } from './tables/meta.ts'
import { outcomeOf, readAll } from './tables/row.ts'

const subject = aSubject()
const hoursAgo = (hours: number) => new Date(subject.now.getTime() - hours * HOUR_MS)
const inHours = (hours: number) => hoursAgo(-hours)
const failing = (code: string, hours: number): Partial<Subject> => ({ failing: { code, since: hoursAgo(hours) } })

const read = (status: number, body: unknown, members: Partial<Subject> = {}) =>
  instagramLogin.read(anAnswer(status, body), aSubject(members))

describe('the request', () => {
  const members = { credential: { kind: null, accessToken: 'A+a/b', refreshToken: null } }
  const other = [metaError([100, 33])] as const

  test('is a GET with the token in the query and nothing of our app', () => {
    expect(instagramLogin.describe(aSubject(members))).toEqual({
      method: 'GET',
      url: 'https://platform.example/refresh_access_token?grant_type=ig_refresh_token&access_token=A%2Ba%2Fb',
      hostFrom: 'platform',
      spendsToken: true,
    })
    expect(threads.describe(aSubject(members)).url).toBe(
      'https://platform.example/refresh_access_token?grant_type=th_refresh_token&access_token=A%2Ba%2Fb',
    )
  })

  test('is followed by a look at the profile where the answer tells nothing', () => {
    const probeOf = (strategy: typeof threads) => readAll(strategy, aSubject(members), [[400, other[0]]]).asked[1]

    expect(probeOf(instagramLogin)).toEqual({
      method: 'GET',
      url: 'https://platform.example/v25.0/me?fields=user_id,username&access_token=A%2Ba%2Fb',
      hostFrom: 'platform',
      spendsToken: false,
    })
    expect(probeOf(threads)?.url).toBe('https://platform.example/v1.0/me?fields=id,username&access_token=A%2Ba%2Fb')
  })
})

describe.each([
  ['Instagram', instagramLoginTable],
  ['Threads', threadsTable],
])('the answers of %s', (_name, { strategy, rows }) => {
  test.each(rows)('$answers is $outcome', ({ answers, outcome }) => {
    expect(outcomeOf(readAll(strategy, subject, answers).reading)).toBe(outcome)
  })
})

describe('success', () => {
  test('gives a new end and no refresh token', () => {
    expect(read(200, { access_token: 'IGnew', token_type: 'bearer', expires_in: 5_183_944 })).toEqual({
      kind: 'renewed',
      tokens: {
        accessToken: 'IGnew',
        expiresInMs: 5_183_944_000,
        refreshToken: null,
        scopes: null,
        refreshTokenExpiresInMs: null,
      },
    })
  })

  test('lasts 60 days where the answer does not say', () => {
    const reading = read(200, { access_token: 'IGnew' })
    const known = {
      ...({ accountId: 'soc_1', strategy: instagramLogin, status: 'ACTIVE', renewable: true, inDoubt: false } as const),
      ...{ tokenExpiresAt: null, refreshTokenExpiresAt: null, dataAccessExpiresAt: null },
      ...{ consecutiveFailures: 0, appIsSuspect: false, now: subject.now, random: 0 },
    }

    if (reading.kind !== 'renewed') throw new Error(reading.kind)
    expect(settle(reading, known).tokenExpiresAt).toEqual(new Date(subject.now.getTime() + 60 * DAY_MS))
  })
})

describe('a death without a reason', () => {
  const weak = metaError(190, 'Invalid OAuth access token - Cannot parse access token')

  test('is a bad moment until it has come back after an hour', () => {
    expect(read(400, weak)).toEqual({ kind: 'transient', code: '190 unconfirmed' })
    expect(read(400, weak, failing('190 unconfirmed', 0.9))).toMatchObject({ kind: 'transient' })
    expect(read(400, weak, failing('190 unconfirmed', 1))).toEqual({ kind: 'token_expired', code: '190' })
    expect(read(400, weak, failing('190', 1))).toEqual({ kind: 'token_expired', code: '190' })
  })

  test('does not count because something else has failed for long', () => {
    expect(read(400, weak, failing('HTTP 502', 30))).toMatchObject({ kind: 'transient' })
    expect(read(400, weak, { failing: { code: null, since: hoursAgo(30) } })).toMatchObject({ kind: 'transient' })
  })

  test('counts at once when the token has less than three days left', () => {
    expect(read(400, weak, { tokenExpiresAt: inHours(71) })).toMatchObject({ kind: 'token_expired' })
    expect(read(400, weak, { tokenExpiresAt: inHours(73) })).toMatchObject({ kind: 'transient' })
    expect(read(400, weak, { tokenExpiresAt: null })).toMatchObject({ kind: 'transient' })
  })

  test.each([metaError(102), metaError(null, 'Invalid OAuth access token')])('may also be %j', (error) => {
    const { code } = read(400, error) as { code: string }

    expect(read(400, error, failing(code, 1))).toMatchObject({ kind: 'token_expired' })
  })
})

describe('an answer that tells nothing', () => {
  const gone = metaError(100, '(#100) The requested resource does not exist')
  const readBoth = (members: Partial<Subject>) =>
    readAll(threads, aSubject(members), [
      [400, gone],
      [400, gone],
    ]).reading

  test('ends the account when the profile cannot be seen either for a day', () => {
    expect(readBoth({})).toEqual({ kind: 'transient', code: '100 unconfirmed' })
    expect(readBoth(failing('100 unconfirmed', 23))).toMatchObject({ kind: 'transient' })
    expect(readBoth(failing('100 unconfirmed', 24))).toEqual({ kind: 'token_expired', code: '100' })
    expect(readBoth(failing('2', 48))).toMatchObject({ kind: 'transient' })
  })

  test('is explained by a token that is too young when the token works', () => {
    const young = aSubject({ issuedAt: hoursAgo(25) })
    const answers = [
      [400, gone],
      [200, { id: '1' }],
    ] as const

    expect(readAll(threads, young, answers).reading).toMatchObject({ kind: 'not_yet_refreshable', at: inHours(1) })
  })
})

describe('a limit', () => {
  const usage = (value: unknown) => ({ 'x-business-use-case-usage': JSON.stringify(value) })
  const waits = (...minutes: number[]) =>
    minutes.map((eta) => ({ type: 'pages', estimated_time_to_regain_access: eta }))
  const readLimit = (code: number, headers: Record<string, string> = {}) =>
    instagramLogin.read(anAnswer(400, metaError(code), headers), subject)

  test('waits for the longest time that the usage header names, in minutes', () => {
    const headers = usage({ '1': waits(3, 19), '2': waits(5) })

    expect(readLimit(80_002, headers)).toMatchObject({ retryAfterMs: 19 * 60_000, scope: 'account' })
    expect(readLimit(80_002, { ...headers, 'retry-after': '7' })).toMatchObject({ retryAfterMs: 7000 })
  })

  test.each(['', 'nonsense', '[]', '{"1":null}', '{"1":[{"estimated_time_to_regain_access":0}]}'])(
    'waits for an hour when the header is %j',
    (header) => {
      expect(readLimit(613, { 'x-business-use-case-usage': header })).toMatchObject({ retryAfterMs: HOUR_MS })
    },
  )

  test('is for everybody when it is the limit of the app', () => {
    const spent = (percent: number) => ({ 'x-app-usage': `{"call_count":28,"total_time":${percent}}` })

    expect(readLimit(4)).toMatchObject({ scope: 'app' })
    expect(readLimit(341)).toMatchObject({ scope: 'app' })
    expect(readLimit(17, spent(100))).toMatchObject({ scope: 'app' })
    expect(readLimit(17, spent(99))).toMatchObject({ scope: 'account' })
    expect(instagramLogin.read(anAnswer(429, undefined, { 'retry-after': '9' }), subject)).toMatchObject({
      scope: 'app',
      retryAfterMs: 9000,
    })
  })
})

test('a block by policy lasts for hours', () => {
  expect(read(400, metaError(368))).toMatchObject({ kind: 'transient', retryAfterMs: 6 * HOUR_MS })
})

test('a wrong parameter does not pause the app for all accounts', () => {
  expect(read(400, metaError(100))).toEqual({ kind: 'app_misconfigured', code: '100', scope: 'account' })
})

test('a system error while the app is looked up blames the app only when it stays', () => {
  const error = metaError(101, 'Cannot get application info due to a system error.')

  expect(read(400, error, failing('101 unconfirmed', 0.1))).toMatchObject({ kind: 'transient' })
  expect(read(400, error, failing('101 unconfirmed', 0.2))).toMatchObject({ kind: 'app_misconfigured' })
})

test('an error that nobody knows is explained by a token that is too young', () => {
  const young = { issuedAt: hoursAgo(25) }

  for (const [status, error] of [
    [400, metaError(100)],
    [400, metaError(9999)],
    [404, {}],
  ] as const) {
    expect(read(status, error, young)).toMatchObject({ kind: 'not_yet_refreshable', at: inHours(1) })
  }
  expect(read(400, metaError([190, 463]), young)).toMatchObject({ kind: 'token_expired' })
  expect(read(502, undefined, young)).toMatchObject({ kind: 'transient' })
  expect(read(302, {}, { issuedAt: hoursAgo(27) })).toMatchObject({ kind: 'unknown' })
})

describe('before the request', () => {
  test('a token under 24 hours waits until it is 25 hours old', () => {
    expect(instagramLogin.precheck?.(aSubject({ issuedAt: hoursAgo(23) }))).toMatchObject({
      kind: 'not_yet_refreshable',
      at: inHours(2),
    })
    expect(threads.precheck?.(aSubject({ issuedAt: hoursAgo(24) }))).toEqual({ kind: 'ready' })
  })

  test('a token that has ended is not sent', () => {
    expect(threads.precheck?.(aSubject({ tokenExpiresAt: subject.now }))).toEqual({ kind: 'cannot_renew', code: null })
  })

  test('a token that never gets old enough is asked for as it is', () => {
    const short = aSubject({ issuedAt: hoursAgo(0.5), tokenExpiresAt: inHours(0.5) })

    expect(instagramLogin.precheck?.(short)).toEqual({ kind: 'ready' })
  })
})
