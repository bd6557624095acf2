import { describe, expect, test } from 'vitest'
import { facebookPage } from '../../src/platforms/facebook-login.ts'
import { instagramLogin } from '../../src/platforms/long-lived-token.ts'
import { x } from '../../src/platforms/x.ts'
import { backoffMs, dueAt, firstDueAt } from '../../src/rules/due.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/units.ts'

const now = new Date('2026-11-23T12:00:00Z')
const inMs = (ms: number) => new Date(now.getTime() + ms)

describe('the due moment', () => {
  test('lies in the share of the life that the platform asks for', () => {
    for (let account = 0; account < 500; account++) {
      const due = dueAt(x, `soc_${account}`, { issuedAt: now, tokenExpiresAt: inMs(2 * HOUR_MS) }, now)
      const share = (due.getTime() - now.getTime()) / (2 * HOUR_MS)
      expect(share).toBeGreaterThanOrEqual(0.75)
      expect(share).toBeLessThanOrEqual(0.85)
    }
  })

  test('is stable for an account and spreads accounts over the whole share', () => {
    const life = { issuedAt: now, tokenExpiresAt: inMs(60 * DAY_MS) }
    const dues = Array.from({ length: 1000 }, (_, account) =>
      dueAt(instagramLogin, `soc_${account}`, life, now).getTime(),
    )
    const again = Array.from({ length: 1000 }, (_, account) =>
      dueAt(instagramLogin, `soc_${account}`, life, now).getTime(),
    )

    expect(again).toEqual(dues)
    const window = 0.16 * 60 * DAY_MS
    expect(Math.max(...dues) - Math.min(...dues)).toBeGreaterThan(0.95 * window)
    const tenths = dues.map((due) => Math.floor(((due - now.getTime() - 30 * DAY_MS) / window) * 10))
    for (let tenth = 0; tenth < 10; tenth++)
      expect(tenths.filter((found) => found === tenth).length).toBeGreaterThan(50)
  })

  test('assumes the usual life when the issue is unknown', () => {
    const due = dueAt(x, 'soc_1', { issuedAt: null, tokenExpiresAt: inMs(30 * MINUTE_MS) }, now)

    expect(due.getTime()).toBe(
      dueAt(x, 'soc_1', { issuedAt: inMs(-90 * MINUTE_MS), tokenExpiresAt: inMs(30 * MINUTE_MS) }, now).getTime(),
    )
  })

  test('is at once for a token of unknown end, or as soon as it is old enough', () => {
    const unknown = { issuedAt: null, tokenExpiresAt: null }

    expect(dueAt(x, 'soc_1', unknown, now)).toEqual(now)
    expect(dueAt(instagramLogin, 'soc_1', unknown, now)).toEqual(inMs(25 * HOUR_MS))
    expect(dueAt(instagramLogin, 'soc_1', { issuedAt: inMs(-40 * DAY_MS), tokenExpiresAt: null }, now)).toEqual(now)
  })
})

describe('the first due moment', () => {
  const inAnHour = { issuedAt: null, tokenExpiresAt: inMs(HOUR_MS) }
  const endless = { issuedAt: null, tokenExpiresAt: null }

  test('is at once for a token that is only looked at, when nobody has said that it ends', () => {
    expect(firstDueAt(facebookPage, 'soc_1', endless, now)).toEqual(now)
    expect(dueAt(facebookPage, 'soc_1', endless, now).getTime()).toBeGreaterThan(inMs(5 * DAY_MS).getTime())
  })

  test('is the usual one otherwise', () => {
    expect(firstDueAt(facebookPage, 'soc_1', inAnHour, now)).toEqual(dueAt(facebookPage, 'soc_1', inAnHour, now))
    expect(firstDueAt(x, 'soc_1', inAnHour, now)).toEqual(dueAt(x, 'soc_1', inAnHour, now))
  })
})

describe('the backoff', () => {
  test('grows from a minute to an hour and is spread over the whole range', () => {
    expect(backoffMs(1, null, 0)).toBe(MINUTE_MS)
    expect(backoffMs(1, null, 1)).toBe(2 * MINUTE_MS)
    expect(backoffMs(3, null, 1)).toBe(8 * MINUTE_MS)
    expect(backoffMs(6, null, 1)).toBe(HOUR_MS)
    expect(backoffMs(1_000_000, null, 1)).toBe(HOUR_MS)
    expect(backoffMs(1_000_000, null, 0)).toBe(MINUTE_MS)
  })

  test('never waits longer than half of what the token has left, as long as it lives', () => {
    expect(backoffMs(10, 20 * MINUTE_MS, 1)).toBe(10 * MINUTE_MS)
    expect(backoffMs(10, 30_000, 1)).toBe(MINUTE_MS)
    expect(backoffMs(10, -5, 1)).toBe(HOUR_MS)
  })
})
