import { expect, test } from 'vitest'
import { HOUR_MS } from '../../src/units.ts'
import { backoffMs } from '../../src/webhooks/deliver.ts'

test('a delivery waits four times as long after each failure, from 5 seconds to 8 hours, a quarter more or less', () => {
  const middle = Array.from({ length: 12 }, (_, at) => backoffMs(at + 1, 0.5))

  expect(middle.slice(0, 5)).toEqual([5000, 20_000, 80_000, 320_000, 1_280_000])
  expect(middle.slice(7)).toEqual(middle.slice(7).map(() => 8 * HOUR_MS))
  expect([backoffMs(1, 0), backoffMs(1, 1)]).toEqual([3750, 6250])
  expect(backoffMs(10_000, 1)).toBe(10 * HOUR_MS)
})
