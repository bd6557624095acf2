import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { explore, replay } from './explore.ts'
import { type HeldTime, holdTime } from './held-time.ts'
import { REGRESSIONS } from './regressions.ts'

/** The gate tries the same sequences every time; `npm run model` tries others. */
const STEPS = 100_000
const SEED = 6

let time: HeldTime
beforeAll(() => {
  time = holdTime()
})
afterAll(() => time[Symbol.dispose]())

describe('what the model has found once', () => {
  test.each(REGRESSIONS)('stays mended: $was', async (regression) => {
    await expect(replay(time, regression)).resolves.toBeUndefined()
  })
})

test('whatever happens, no token is lost, shown twice without need, or called dead without reason', async () => {
  const tally = await explore(time, { steps: STEPS, seed: SEED })

  expect(tally.get('steps')).toBeGreaterThanOrEqual(STEPS)
  // It gets to where it hurts; else nothing would be proved.
  for (const event of [
    'shown again',
    'crash with a new token',
    'saved from the escrow',
    'superseded',
    'import refused',
  ]) {
    expect(tally.get(event), event).toBeGreaterThan(0)
  }
}, 300_000)
