import { expect, test } from 'vitest'
import { openTurnClock } from '../../src/refresh/turn-clock.ts'

/** The database is this far ahead of performance.now(). */
const AHEAD_MS = 1_000_000

/** A question that took so long there and back. */
const sounding = (askedMs: number, { there, back }: { there: number; back: number }, aheadMs = AHEAD_MS) => ({
  askedMs,
  answeredMs: askedMs + there + back,
  databaseMs: askedMs + there + aheadMs,
})

test('a turn is located by the quickest answer, whatever the slow ones say', () => {
  const clock = openTurnClock()
  clock.locate(0, sounding(0, { there: 1, back: 1 }))

  expect(clock.locate(AHEAD_MS + 500, sounding(100, { there: 5, back: 300 }))).toBe(500)
})

test('an answer that cannot be true by what was known begins anew: the machine slept, or a clock was set', () => {
  const clock = openTurnClock()
  clock.locate(0, sounding(0, { there: 1, back: 1 }))
  const later = AHEAD_MS + 3_600_000

  expect(clock.locate(later + 500, sounding(100, { there: 20, back: 20 }, later))).toBe(500)
})

test('a slow question is remembered for a while, so that the next turns are not in the past when they come', () => {
  const clock = openTurnClock()
  expect(clock.roundTripMs()).toBe(0)

  clock.locate(0, sounding(0, { there: 100, back: 100 }))
  clock.locate(0, sounding(300, { there: 1, back: 1 }))

  expect(clock.roundTripMs()).toBeGreaterThan(100)
  clock.locate(0, sounding(600, { there: 9000, back: 9000 }))
  expect(clock.roundTripMs()).toBe(500)
})
