import { expect, test, vi } from 'vitest'
import { complainer } from '../../src/complaint.ts'
import { readConfig } from '../../src/config.ts'
import { restartTurns, takeTurns } from '../../src/database/take-turns.ts'
import { openPace } from '../../src/refresh/pace.ts'
import { aDatabase } from '../fixtures/database.ts'
import { silentLog } from '../fixtures/log.ts'
import { aShiftedClock } from '../fixtures/shifted-clock.ts'

const wanted = { app: 'X', turns: 10, spacingMs: 11, leadMs: 0 } as const

test('nobody gets a turn that another has, however many ask at once', async () => {
  await using database = await aDatabase()

  const given = await Promise.all(Array.from({ length: 8 }, () => takeTurns(database.db, wanted)))

  const firstMs = given.map((turns) => turns.firstMs).sort((one, other) => one - other)
  for (const [at, ms] of firstMs.entries()) {
    if (at > 0) expect(ms - (firstMs[at - 1] ?? 0)).toBeGreaterThanOrEqual(wanted.turns * wanted.spacingMs - 0.01)
  }
})

test('the line of one app is not that of another, and one that nobody stood in begins now', async () => {
  await using database = await aDatabase()
  await takeTurns(database.db, { ...wanted, spacingMs: 60_000 })

  const other = await takeTurns(database.db, { ...wanted, app: 'YOUTUBE' })
  await database.query("update app_turns set next_at = now() - interval '1 week'")
  const late = await takeTurns(database.db, wanted)

  for (const { firstMs, nowMs } of [other, late]) expect(Math.abs(firstMs - nowMs)).toBeLessThan(1000)
})

test('a second never holds more turns than the limit, by two processes of which one has a wrong clock', async () => {
  await using database = await aDatabase()
  const config = readConfig({ X_CLIENT_ID: 'client', X_RATE_LIMIT: '50' }, { keys: false })
  const open = () => openPace(database.db, config, complainer(silentLog, 'trouble'))
  using clock = aShiftedClock(600_000)
  const [one, two] = [open(), open()]

  const atMs: number[] = []
  const turn = async (pace: typeof one) => {
    await pace.turn('X')
    atMs.push(performance.now())
    if (atMs.length === 20) clock.step(-600_000)
  }
  await Promise.all(Array.from({ length: 80 }, (_, number) => turn(number % 2 === 0 ? one : two)))

  const fullest = Math.max(...atMs.map((fromMs) => atMs.filter((ms) => ms >= fromMs && ms < fromMs + 1000).length))
  expect(fullest).toBeLessThanOrEqual(50)
})

test('a platform that comes back is met by few, also from a process that has not seen it come back', async () => {
  await using database = await aDatabase()
  const config = readConfig({ X_CLIENT_ID: 'client', X_RATE_LIMIT: '50' }, { keys: false })
  const [one, two] = [0, 1].map(() => openPace(database.db, config, complainer(silentLog, 'trouble')))
  await two?.turn('X')

  one?.restart('X')
  await vi.waitFor(async () =>
    expect(await database.query('select from app_turns where restarted_at is not null')).toHaveLength(1),
  )

  const sinceMs = performance.now()
  const atMs: number[] = []
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      await two?.turn('X')
      atMs.push(performance.now() - sinceMs)
    }),
  )
  // The whole limit would let all of them go within the first third of a second.
  expect(atMs.filter((ms) => ms < 1000).length).toBeLessThanOrEqual(12)
})

test('the second process that sees a platform come back does not begin anew', async () => {
  await using database = await aDatabase()
  const restartedAt = () => database.query('select restarted_at from app_turns')
  await restartTurns(database.db, { app: 'X', withinMs: 10_000 })
  const first = await restartedAt()

  await restartTurns(database.db, { app: 'X', withinMs: 10_000 })
  expect(await restartedAt()).toEqual(first)

  await database.query("update app_turns set restarted_at = now() - interval '11 s'")
  await restartTurns(database.db, { app: 'X', withinMs: 10_000 })
  expect(await database.query("select from app_turns where restarted_at > now() - interval '10 s'")).toHaveLength(1)
})

test('an app without a limit waits for nothing and asks nobody', async () => {
  await using database = await aDatabase()
  const pace = openPace(
    database.db,
    readConfig({ X_CLIENT_ID: 'c' }, { keys: false }),
    complainer(silentLog, 'trouble'),
  )

  expect(await pace.turn('X')).toBe(0)
  expect(await database.query('select from app_turns')).toEqual([])
})
