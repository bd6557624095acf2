import { describe, expect, test } from 'vitest'
import type { Contest } from '../../bench/harness/benchmark.ts'
import { judge, type MeasureOptions, measure, medianOf } from '../../bench/harness/measure.ts'

const options: MeasureOptions = {
  rounds: 3,
  warmsUp: false,
  signal: new AbortController().signal,
  onRound: () => undefined,
}

/** Both sides write down that they were called; what they measure is how many calls there were. */
function aContest(): { contest: Contest; calls: string[] } {
  const calls: string[] = []
  const side = (name: string) => async () => calls.push(name)
  return { calls, contest: { ours: side('ours'), baseline: side('baseline'), async [Symbol.asyncDispose]() {} } }
}

describe('measuring', () => {
  test('takes turns, and in who begins as well', async () => {
    const { contest, calls } = aContest()

    const measured = await measure(contest, options)

    expect(calls).toEqual(['ours', 'baseline', 'baseline', 'ours', 'ours', 'baseline'])
    expect(measured).toEqual({ ours: [1, 4, 5], baseline: [2, 3, 6] })
  })

  test('leaves out the round that warms up', async () => {
    const { contest } = aContest()
    const rounds: number[] = []

    const measured = await measure(contest, { ...options, rounds: 2, warmsUp: true, onRound: (at) => rounds.push(at) })

    expect(measured).toEqual({ ours: [3, 6], baseline: [4, 5] })
    expect(rounds).toEqual([1, 2])
  })

  test('ends at once when somebody does not want to wait', async () => {
    const interruption = new AbortController()
    const { contest } = aContest()
    const endless = () => new Promise<number>(() => interruption.abort(new Error('interrupted')))

    const measuring = measure({ ...contest, ours: endless }, { ...options, signal: interruption.signal })

    await expect(measuring).rejects.toThrow('interrupted')
  })
})

describe('the median', () => {
  test.each([
    [[5], 5],
    [[9, 1, 5], 5],
    [[9, 1, 5, 7], 6],
    [[10, 9, 100], 10],
  ])('of %j is %d', (values, median) => {
    expect(medianOf(values)).toBe(median)
  })

  test('leaves the values in their order', () => {
    const values = [3, 1, 2]

    medianOf(values)

    expect(values).toEqual([3, 1, 2])
  })

  test('of nothing is no number', () => {
    expect(medianOf([])).toBeNaN()
  })
})

describe('a bound', () => {
  const measured = { ours: [12, 11, 100], baseline: [10, 10, 10] }

  test.each([
    ['at most, held', { bound: { atMost: 1.2 } }, true],
    ['at most, broken', { bound: { atMost: 1.19 } }, false],
    ['at least, held', { bound: { atLeast: 1.2 } }, true],
    ['at least, broken', { bound: { atLeast: 1.21 } }, false],
    ['at most more, held', { bound: { atMostMore: 2 } }, true],
    ['at most more, broken', { bound: { atMostMore: 1.9 } }, false],
    ['below the ceiling', { bound: { atMost: 2 }, ceiling: 13 }, true],
    ['not below the ceiling', { bound: { atMost: 2 }, ceiling: 12 }, false],
  ])('is about the medians: %s', (_what, row, holds) => {
    expect(judge(row, measured)).toEqual({ ours: 12, baseline: 10, ratio: 1.2, holds })
  })

  test('does not hold for what was not measured', () => {
    expect(judge({ bound: { atMost: 2 } }, { ours: [], baseline: [] }).holds).toBe(false)
  })
})
