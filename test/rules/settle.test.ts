import { describe, expect, test } from 'vitest'
import { blueskyAppPassword } from '../../src/platforms/bluesky-app-password.ts'
import { instagramLogin } from '../../src/platforms/long-lived-token.ts'
import { x } from '../../src/platforms/x.ts'
import { holdBackInDoubt } from '../../src/rules/in-doubt.ts'
import type { Finding, Known } from '../../src/rules/outcome.ts'
import { settle } from '../../src/rules/settle.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/units.ts'

const now = new Date('2026-11-23T12:00:00Z')
const inMs = (ms: number) => new Date(now.getTime() + ms)

/** An ACTIVE X account whose access token works for another half an hour. */
const known = (members: Partial<Known> = {}): Known => ({
  accountId: 'soc_1',
  strategy: x,
  status: 'ACTIVE',
  tokenExpiresAt: inMs(30 * MINUTE_MS),
  refreshTokenExpiresAt: null,
  dataAccessExpiresAt: null,
  renewable: true,
  inDoubt: false,
  consecutiveFailures: 0,
  appIsSuspect: false,
  now,
  random: 0.5,
  ...members,
})

const lost: Finding = { kind: 'no_answer', code: 'TIMEOUT', mayBeSpent: true }
const dead: Finding = { kind: 'token_expired', code: 'invalid_grant' }

describe('a dead grant', () => {
  test('leaves the account ACTIVE until its access token ends, and asks nothing until then', () => {
    expect(settle(dead, known())).toMatchObject({
      outcome: 'token_expired',
      status: null,
      dueAt: inMs(30 * MINUTE_MS),
      renewable: false,
      error: expect.stringContaining('works until its access token ends'),
      lostRotation: false,
    })
  })

  test('ends an account whose access token has ended too', () => {
    expect(settle(dead, known({ tokenExpiresAt: inMs(-1) }))).toMatchObject({
      status: 'TOKEN_EXPIRED',
      dueAt: null,
      error: expect.stringContaining('Reconnect'),
    })
  })

  test('after an answer that never came is our own loss, and says so', () => {
    expect(settle(dead, known({ inDoubt: true }))).toMatchObject({
      lostRotation: true,
      inDoubt: false,
      error: expect.stringContaining('our fault'),
    })
  })

  test('is no loss of ours where a token works more than once', () => {
    expect(settle(dead, known({ inDoubt: true, strategy: instagramLogin }))).toMatchObject({ lostRotation: false })
  })
})

describe('a withdrawn grant', () => {
  test('makes the account REVOKED at once, with nothing more to do', () => {
    expect(settle({ kind: 'revoked', code: 'x' }, known())).toMatchObject({
      outcome: 'revoked',
      status: 'REVOKED',
      dueAt: null,
    })
  })
})

describe('an account in doubt', () => {
  test('is asked again when its access token has a minute left, where there is no grace', () => {
    expect(settle(lost, known())).toMatchObject({
      outcome: 'in_doubt',
      status: null,
      inDoubt: true,
      dueAt: inMs(29 * MINUTE_MS),
      error: expect.stringContaining('no reconnect is needed'),
    })
  })

  test('is asked again soon where a spent token still answers, or when nothing is left to lose', () => {
    expect(settle(lost, known({ strategy: blueskyAppPassword })).dueAt).toEqual(inMs(5000))
    expect(settle(lost, known({ tokenExpiresAt: inMs(-1) })).dueAt).toEqual(inMs(5000))
    expect(settle(lost, known({ tokenExpiresAt: null })).dueAt).toEqual(inMs(5000))
  })

  test('waits longer and longer when nothing comes again', () => {
    const again = known({ inDoubt: true, consecutiveFailures: 3, tokenExpiresAt: inMs(-1), random: 1 })

    expect(settle(lost, again)).toMatchObject({ outcome: 'in_doubt', inDoubt: true, dueAt: inMs(16 * MINUTE_MS) })
  })

  test('stays in doubt while nothing is learnt, and is cleared by an answer', () => {
    expect(settle({ kind: 'transient', code: 'ECONNREFUSED' }, known({ inDoubt: true })).inDoubt).toBe(true)
    expect(settle(dead, known({ inDoubt: true })).inDoubt).toBe(false)
  })

  test('is held back from whoever asks while its access token has more than a minute', () => {
    expect(holdBackInDoubt(known({ inDoubt: true }))).toMatchObject({ at: inMs(29 * MINUTE_MS) })
    expect(holdBackInDoubt(known({ inDoubt: true, tokenExpiresAt: inMs(MINUTE_MS) }))).toBeNull()
    expect(holdBackInDoubt(known({ inDoubt: true, strategy: blueskyAppPassword }))).toBeNull()
    expect(holdBackInDoubt(known())).toBeNull()
  })

  test('is only a bad moment where a token works more than once, or when nothing was sent', () => {
    expect(settle(lost, known({ strategy: instagramLogin }))).toMatchObject({ outcome: 'transient', inDoubt: false })
    expect(settle({ ...lost, mayBeSpent: false }, known())).toMatchObject({ outcome: 'transient', inDoubt: false })
  })
})

describe('a platform that asks us to slow down', () => {
  const limited = (retryAfterMs: number | null, scope: 'app' | 'account' = 'account'): Finding => ({
    kind: 'rate_limited',
    code: '429',
    scope,
    retryAfterMs,
  })

  test('is given the time it asks for, between half a minute and a day, with jitter', () => {
    const calm = known({ random: 0 })

    expect(settle(limited(10 * MINUTE_MS), calm).dueAt).toEqual(inMs(10 * MINUTE_MS))
    expect(settle(limited(10 * MINUTE_MS), known({ random: 1 })).dueAt).toEqual(inMs(11 * MINUTE_MS))
    expect(settle(limited(0), calm).dueAt).toEqual(inMs(30_000))
    expect(settle(limited(100 * HOUR_MS), calm).dueAt).toEqual(inMs(24 * HOUR_MS))
  })

  test("pauses the whole app when the limit is the app's", () => {
    expect(settle(limited(10 * MINUTE_MS, 'app'), known())).toMatchObject({
      pauseApp: { until: inMs(10 * MINUTE_MS), reason: 'rate_limited' },
      status: null,
    })
    expect(settle(limited(10 * MINUTE_MS), known()).pauseApp).toBeNull()
  })
})

describe('a platform that refuses our app', () => {
  test('is paused, and no account changes', () => {
    expect(settle({ kind: 'app_misconfigured', code: 'invalid_client' }, known())).toMatchObject({
      outcome: 'app_misconfigured',
      status: null,
      pauseApp: { until: inMs(5 * MINUTE_MS), reason: 'app_misconfigured' },
      error: expect.stringContaining('no reconnect is needed'),
    })
  })

  test('speaks for one account only where it is nobody of ours', () => {
    const settlement = settle({ kind: 'app_misconfigured', code: 'AuthMissing', scope: 'account' }, known())

    expect(settlement).toMatchObject({ outcome: 'app_misconfigured', status: null, pauseApp: null })
  })
})

describe('an app of which many accounts ended at once', () => {
  test.each(['token_expired', 'revoked'] as const)('loses no more of them: %s is held back', (kind) => {
    const settlement = settle({ kind, code: 'x' }, known({ appIsSuspect: true, tokenExpiresAt: inMs(-1) }))

    expect(settlement).toMatchObject({
      outcome: 'app_misconfigured',
      status: null,
      renewable: true,
      pauseApp: { until: inMs(5 * MINUTE_MS), reason: 'many_accounts_ended' },
      error: expect.stringContaining('no reconnect is needed'),
    })
  })
})

describe('a token that was checked and works', () => {
  const facebook = { ...instagramLogin, checkEveryMs: 7 * DAY_MS, assumedLifetimeMs: null }
  const healthy = (changes = {}): Finding => ({ kind: 'healthy', tokenExpiresAt: null, changes })

  test('makes the account ACTIVE, without an error, and is looked at again within the interval', () => {
    const settlement = settle(healthy(), known({ strategy: facebook, status: 'REVOKED', consecutiveFailures: 3 }))

    expect(settlement).toMatchObject({
      outcome: 'healthy',
      status: 'ACTIVE',
      error: null,
      consecutiveFailures: 0,
      tokenExpiresAt: null,
    })
    expect(settlement.dueAt?.getTime()).toBeGreaterThan(inMs(5 * DAY_MS).getTime())
    expect(settlement.dueAt?.getTime()).toBeLessThanOrEqual(inMs(7 * DAY_MS).getTime())
  })

  test('says when its owner has to come back, as far as it is known', () => {
    const dataAccessExpiresAt = inMs(9 * DAY_MS)

    expect(settle(healthy(), known({ strategy: facebook })).reconnectBy).toBeNull()
    expect(settle(healthy({ dataAccessExpiresAt: dataAccessExpiresAt.toISOString() }), known()).reconnectBy).toEqual(
      dataAccessExpiresAt,
    )
    expect(settle(healthy(), known({ dataAccessExpiresAt })).reconnectBy).toEqual(dataAccessExpiresAt)
  })
})

describe('the day on which a grant ends', () => {
  const renewed = (refreshTokenExpiresInMs: number | null): Finding => ({
    kind: 'renewed',
    tokens: { accessToken: 'a', expiresInMs: HOUR_MS, refreshToken: null, refreshTokenExpiresInMs, scopes: null },
  })

  test('is the end of the refresh token, as the last answer or the one before said', () => {
    expect(settle(renewed(90 * DAY_MS), known()).reconnectBy).toEqual(inMs(90 * DAY_MS))
    expect(settle(renewed(null), known({ refreshTokenExpiresAt: inMs(DAY_MS) })).reconnectBy).toEqual(inMs(DAY_MS))
    expect(settle(renewed(null), known()).reconnectBy).toBeNull()
  })

  test('is the end of the access token once nothing can renew it', () => {
    expect(settle(dead, known()).reconnectBy).toEqual(inMs(30 * MINUTE_MS))
  })
})

describe('an account whose access token is what was refused', () => {
  test('ends at once, however long the token was to live', () => {
    expect(settle(dead, known({ strategy: instagramLogin }))).toMatchObject({ status: 'TOKEN_EXPIRED', dueAt: null })
  })
})

describe('a bad moment', () => {
  test('lasts as long as the rules of the platform say, where they do', () => {
    const settlement = settle({ kind: 'transient', code: 'x', retryAfterMs: 6 * HOUR_MS }, known({ random: 0 }))

    expect(settlement).toMatchObject({ outcome: 'transient', status: null, dueAt: inMs(6 * HOUR_MS) })
  })
})

describe('an account that nothing can renew', () => {
  test('waits for the end of its access token', () => {
    expect(settle({ kind: 'cannot_renew', code: null }, known())).toMatchObject({
      outcome: 'not_yet_refreshable',
      status: null,
      dueAt: inMs(30 * MINUTE_MS),
      renewable: false,
      error: undefined,
    })
  })

  test('ends with it', () => {
    expect(settle({ kind: 'cannot_renew', code: null }, known({ tokenExpiresAt: now }))).toMatchObject({
      outcome: 'token_expired',
      status: 'TOKEN_EXPIRED',
      dueAt: null,
    })
  })
})

describe('an account that an operator wanted to see', () => {
  test.each<Finding>([
    { kind: 'transient', code: 'x' },
    { kind: 'unknown', code: 'x' },
    { kind: 'unreadable', code: 'x' },
    { kind: 'app_misconfigured', code: 'x' },
    { kind: 'rate_limited', code: 'x', scope: 'account', retryAfterMs: 1000 },
    lost,
  ])('is not tried again by itself after $kind when it is not ACTIVE', (finding) => {
    const settlement = settle(finding, known({ status: 'TOKEN_EXPIRED', tokenExpiresAt: inMs(-HOUR_MS) }))

    expect(settlement).toMatchObject({ status: null, dueAt: null })
  })

  test('keeps waiting for its end when its grant was dead already', () => {
    const settlement = settle({ kind: 'transient', code: 'x' }, known({ renewable: false }))

    expect(settlement).toMatchObject({ renewable: false, dueAt: inMs(30 * MINUTE_MS) })
  })
})
