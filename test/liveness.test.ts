import { expect, test, vi } from 'vitest'
import { type WatchedPart, watchLiveness } from '../src/liveness.ts'
import { aLog } from './fixtures/log.ts'

const still: WatchedPart = { standsStill: async () => true, patienceMs: 0 }

test('a part that stands still for longer than its patience is named, one that does not is not', async () => {
  const { log, lines } = aLog()
  const parts = {
    one: still,
    patient: { ...still, patienceMs: 60_000 },
    busy: { ...still, standsStill: async () => false },
  }
  await using liveness = watchLiveness(parts, { log, lookEveryMs: 5 })

  await vi.waitFor(() => expect(liveness.findTrouble()).toEqual({ one: 'stands still' }), 5000)

  expect(lines()).toEqual([expect.objectContaining({ level: 'error', part: 'one' })])
})

test('it is well again as soon as it goes on', async () => {
  const { log, lines } = aLog()
  let isStill = true
  const part = { patienceMs: 0, standsStill: async () => isStill }
  await using liveness = watchLiveness({ part }, { log, lookEveryMs: 5 })
  await vi.waitFor(() => expect(liveness.findTrouble()).not.toBeNull(), 5000)

  isStill = false

  await vi.waitFor(() => expect(liveness.findTrouble()).toBeNull(), 5000)
  expect(lines().at(-1)).toMatchObject({ level: 'warn', part: 'part' })
})

test('a part of which nothing can be learnt is not blamed', async () => {
  const { log } = aLog()
  let looks = 0
  const standsStill = () => {
    looks++
    return Promise.reject(new Error('the database is away'))
  }
  await using liveness = watchLiveness({ part: { patienceMs: 0, standsStill } }, { log, lookEveryMs: 1 })

  await vi.waitFor(() => expect(looks).toBeGreaterThan(3), 5000)

  expect(liveness.findTrouble()).toBeNull()
})
