import { expect, test, vi } from 'vitest'
import { every } from '../src/every.ts'

test('runs at once and again, goes on after an error, and ends when disposed', async () => {
  let runs = 0
  const errors: unknown[] = []
  const repeated = every(
    5,
    async () => {
      runs++
      if (runs === 2) throw new Error('once')
    },
    (error) => void errors.push(error),
  )
  await vi.waitFor(() => expect(runs).toBeGreaterThanOrEqual(4), 5000)
  await repeated[Symbol.asyncDispose]()
  const atEnd = runs

  await new Promise((resolve) => setTimeout(resolve, 30))
  expect(runs).toBe(atEnd)
  expect(errors).toMatchObject([{ message: 'once' }])
})

test('waits for the task that runs', async () => {
  const gate = Promise.withResolvers<void>()
  let isDone = false
  const repeated = every(
    60_000,
    async () => {
      await gate.promise
      isDone = true
    },
    () => {},
  )
  const ending = repeated[Symbol.asyncDispose]()
  gate.resolve()
  await ending

  expect(isDone).toBe(true)
})
