import { expect, test } from 'vitest'
import { pauseApp, pauseByOperator, resumeApp } from '../../src/database/pause-app.ts'
import { aDatabase } from '../fixtures/database.ts'

const inAMinute = () => new Date(Date.now() + 60_000)

test("an operator's pause outlives good answers and pauses of our own", async () => {
  await using database = await aDatabase()
  await pauseByOperator(database.db, { app: 'X', until: null, reason: 'by an operator' })

  expect(await pauseApp(database.db, { app: 'X', until: inAMinute(), reason: 'rate_limited' })).toBe(false)
  expect(await resumeApp(database.db, 'X', inAMinute())).toBeNull()

  expect(await database.query('select reason from platform_states')).toEqual([{ reason: 'by an operator' }])
})

test("a longer pause of our own goes on when an operator's is over", async () => {
  await using database = await aDatabase()
  const until = inAMinute()
  await pauseByOperator(database.db, { app: 'X', until: new Date(Date.now() + 1000), reason: 'by an operator' })

  await pauseApp(database.db, { app: 'X', until, reason: 'rate_limited' })

  expect(await database.query('select reason, paused_until from platform_states')).toEqual([
    { reason: 'rate_limited', paused_until: until },
  ])
})
