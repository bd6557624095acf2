import { expect, test } from 'vitest'
import { openDeadlineLine } from './deadline-line.ts'
import { openRandom } from './random.ts'
import { shareWork } from './share-work.ts'
import { openSpread } from './spread.ts'
import { openWheel } from './wheel.ts'

test('the wheel gives everybody once, in the interval in which they are due, however far that is', () => {
  const random = openRandom(3)
  const dueAtMs = Float64Array.from({ length: 2000 }, () => random() * 100_000)
  const wheel = openWheel(dueAtMs, { intervalMs: 100, reachMs: 7000 })
  for (const account of dueAtMs.keys()) wheel.add(account)

  const taken = new Map<number, number>()
  for (let nowMs = 0; nowMs <= 100_000; nowMs += 100) {
    wheel.takeDue(nowMs, (account) => {
      expect(taken.has(account)).toBe(false)
      taken.set(account, nowMs)
    })
  }

  for (const [account, dueMs] of dueAtMs.entries()) expect(taken.get(account)).toBe(Math.ceil(dueMs / 100) * 100)
})

test('the line gives the earliest deadline first', () => {
  const random = openRandom(5)
  const deadlines = Array.from({ length: 500 }, random)
  const line = openDeadlineLine()
  for (const [account, deadline] of deadlines.entries()) line.push(account, deadline)

  const served = deadlines.map(() => deadlines[line.shift() ?? -1])

  expect(served).toEqual([...deadlines].sort((one, other) => one - other))
  expect(line.shift()).toBeUndefined()
})

test.each([
  [[3, 4, 2], 10, [3, 4, 2]],
  [[1, 100, 100], 11, [1, 5, 5]],
  [[0, 7], 4, [0, 4]],
  [[5], -3, [0]],
])('of %o, %i at once become %o', (wanted, capacity, shares) => {
  expect(shareWork(wanted, capacity)).toEqual(shares)
})

test('calm values stand for those that were not played', () => {
  const spread = openSpread(1)
  spread.add(1, true, 10)
  spread.add(50, false, 10)

  expect(spread.at(0.5, 0)).toBe(1)
  expect(spread.at(0.99, 0)).toBe(50)
  expect(spread.at(0.99, 10_000)).toBe(1)
  expect(spread.at(1, 10_000)).toBe(50)
})
