import { expect, test } from 'vitest'
import { oneRunAtATime } from '../src/one-run.ts'

test('a task that is asked for while it runs is not begun a second time, and is begun anew afterwards', async () => {
  const held = Promise.withResolvers<void>()
  let begun = 0
  const run = oneRunAtATime(async () => {
    begun++
    await held.promise
  })

  const both = [run(), run()]
  expect(begun).toBe(1)
  held.resolve()
  await Promise.all(both)

  await run()
  expect(begun).toBe(2)
})

test('the error of a run reaches all who asked for it, and the next run begins', async () => {
  const held = Promise.withResolvers<void>()
  let begun = 0
  const run = oneRunAtATime(async () => {
    begun++
    await held.promise
  })

  const both = [run(), run()]
  held.reject(new Error('away'))
  for (const { status } of await Promise.allSettled(both)) expect(status).toBe('rejected')

  await expect(run()).rejects.toThrow('away')
  expect(begun).toBe(2)
})
