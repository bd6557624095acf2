import { describe, expect, test } from 'vitest'
import type { Contest } from '../../bench/harness/benchmark.ts'
import { judge, measure, medianOf } from '../../bench/harness/measure.ts'

/** Says who was measured in which order, and answers with how often that one was measured before. */
function aContest(): Contest & { readonly order: string[] } {
  const order: string[] = []
  const take = (who: string) => async () => {
    order.push(who)
    return order.filter((each) => each === who).length - 1
  }
  return { order, ours: take('ours'), baseline: take('baseline'), [Symbol.asyncDispose]: async () => {} }
}

const patient = () => new AbortController().signal

test('takes turns, and in who is first as well', async () => {
  const contest = aContest()
  const heard: number[][] = []

  const measured = await measure(contest, {
    ...{ rounds: 3, warmsUp: false, signal: patient() },
    onRound: (...round) => heard.push(round),
  })

  expect(contest.order).toEqual(['ours', 'baseline', 'baseline', 'ours', 'ours', 'baseline'])
  expect(measured).toEqual({ ours: [0, 1, 2], baseline: [0, 1, 2] })
  expect(heard).toEqual([
    [1, 0, 0],
    [2, 1, 1],
    [3, 2, 2],
  ])
})

test('forgets the round that only warms up', async () => {
  const measured = await measure(aContest(), { rounds: 2, warmsUp: true, signal: patient(), onRound: () => {} })

  expect(measured).toEqual({ ours: [1, 2], baseline: [1, 2] })
})

test('ends in the middle of a round when nobody wants to wait any longer', async () => {
  const interruption = new AbortController()
  const forever = { ...aContest(), ours: () => new Promise<number>(() => interruption.abort(new Error('enough'))) }

  const measuring = measure(forever, { rounds: 1, warmsUp: false, signal: interruption.signal, onRound: () => {} })

  await expect(measuring).rejects.toThrow('enough')
})

describe('the median', () => {
  test.each([
    [[7], 7],
    [[10, 9, 100], 10],
    [[1, 2, 30, 4], 3],
  ])('of %j is %d', (values, median) => {
    expect(medianOf(values)).toBe(median)
  })

  test('leaves the values in their order', () => {
    const values = [3, 1, 2]
    medianOf(values)
    expect(values).toEqual([3, 1, 2])
  })
})

describe('a bound', () => {
  test.each([
    [{ atMost: 1.5 }, 15, true],
    [{ atMost: 1.5 }, 15.1, false],
    [{ atLeast: 0.8 }, 8, true],
    [{ atLeast: 0.8 }, 7.9, false],
    [{ atMostMore: 2 }, 12, true],
    [{ atMostMore: 2 }, 12.1, false],
  ])('%j against a baseline of 10: %d', (bound, ours, holds) => {
    expect(judge({ bound }, { ours: [ours], baseline: [10] })).toEqual({ ours, baseline: 10, ratio: ours / 10, holds })
  })

  test('holds only below the ceiling, where there is one', () => {
    const row = { bound: { atMost: 1.2 }, ceiling: 2 }
    expect(judge(row, { ours: [1.9], baseline: [1.9] }).holds).toBe(true)
    expect(judge(row, { ours: [2], baseline: [2] }).holds).toBe(false)
  })

  test('does not hold when nothing was measured', () => {
    expect(judge({ bound: { atMost: 9 } }, { ours: [], baseline: [] }).holds).toBe(false)
  })
})
