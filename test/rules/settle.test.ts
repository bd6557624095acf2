import { describe, expect, test } from 'vitest'
import { blueskyAppPassword } from '../../src/platforms/bluesky-app-password.ts'
import { instagramLogin } from '../../src/platforms/instagram-login.ts'
import { x } from '../../src/platforms/x.ts'
import type { Finding, Known } from '../../src/rules/outcome.ts'
import { holdBackInDoubt, settle } from '../../src/rules/settle.ts'
import { HOUR_MS, MINUTE_MS } from '../../src/units.ts'

const now = new Date('2026-11-23T12:00:00Z')
const inMs = (ms: number) => new Date(now.getTime() + ms)

/** An ACTIVE X account whose access token works for another half an hour. */
const known = (members: Partial<Known> = {}): Known => ({
  accountId: 'soc_1',
  strategy: x,
  status: 'ACTIVE',
  tokenExpiresAt: inMs(30 * MINUTE_MS),
  renewable: true,
  inDoubt: false,
  consecutiveFailures: 0,
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
      pauseAppUntil: inMs(10 * MINUTE_MS),
      status: null,
    })
    expect(settle(limited(10 * MINUTE_MS), known()).pauseAppUntil).toBeNull()
  })
})

describe('a platform that refuses our app', () => {
  test('is paused, and no account changes', () => {
    expect(settle({ kind: 'app_misconfigured', code: 'invalid_client' }, known())).toMatchObject({
      outcome: 'app_misconfigured',
      status: null,
      pauseAppUntil: inMs(5 * MINUTE_MS),
      error: expect.stringContaining('no reconnect is needed'),
    })
  })
})

describe('an account that nothing can renew', () => {
  test('waits for the end of its access token', () => {
    expect(settle({ kind: 'cannot_renew' }, known())).toMatchObject({
      outcome: 'not_yet_refreshable',
      status: null,
      dueAt: inMs(30 * MINUTE_MS),
      renewable: false,
      error: undefined,
    })
  })

  test('ends with it', () => {
    expect(settle({ kind: 'cannot_renew' }, known({ tokenExpiresAt: now }))).toMatchObject({
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
