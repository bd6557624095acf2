import { describe, expect, test } from 'vitest'
import { makeMemory } from '../../src/list/remember.ts'

const LIMITS = { leastMs: 60_000, costFactor: 10, most: 2 }

/** Counts how often it is asked. */
function aSource() {
  let asked = 0
  return { compute: async () => ++asked, asked: () => asked }
}

describe('a memory of answers', () => {
  test('computes once for all who ask at the same time and soon after', async () => {
    const memory = makeMemory<number>(LIMITS)
    const { compute, asked } = aSource()

    const together = await Promise.all([memory.recall('a', compute), memory.recall('a', compute)])
    const after = await memory.recall('a', compute)

    expect([...together, after]).toEqual([1, 1, 1])
    expect(asked()).toBe(1)
  })

  test('computes anew when an answer has grown old', async () => {
    const memory = makeMemory<number>({ ...LIMITS, leastMs: 0, costFactor: 0 })
    const { compute } = aSource()

    expect([await memory.recall('a', compute), await memory.recall('a', compute)]).toEqual([1, 2])
  })

  test('keeps an answer longer the more it has cost', async () => {
    const memory = makeMemory<number>({ ...LIMITS, leastMs: 0, costFactor: 1e6 })
    const { compute } = aSource()
    const slowly = async () => {
      await new Promise((resolve) => setTimeout(resolve, 1))
      return compute()
    }

    expect([await memory.recall('a', slowly), await memory.recall('a', slowly)]).toEqual([1, 1])
  })

  test('does not remember a failure', async () => {
    const memory = makeMemory<number>(LIMITS)
    const { compute } = aSource()

    await expect(memory.recall('a', () => Promise.reject(new Error('away')))).rejects.toThrow('away')

    expect(await memory.recall('a', compute)).toBe(1)
  })

  test('forgets the oldest question when there are too many, and mixes up none', async () => {
    const memory = makeMemory<number>(LIMITS)
    const { compute } = aSource()

    for (const question of ['a', 'b', 'c']) await memory.recall(question, compute)

    expect(await memory.recall('c', compute)).toBe(3)
    expect(await memory.recall('b', compute)).toBe(2)
    expect(await memory.recall('a', compute)).toBe(4)
  })
})
