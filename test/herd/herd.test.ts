import { describe, expect, test } from 'vitest'
import { aDatabase } from '../fixtures/database.ts'
import { aRedis, isMissing } from '../fixtures/redis.ts'
import { runHerd } from './run-herd.ts'

/** In flight at once, in two daemons: nobody can know in which order they arrive. */
const IN_FLIGHT = 2 * 20

// The line before a platform is in the database on both backends; `npm run herd` has the other one.
describe.skipIf(isMissing('redis'))('accounts that end in the same minute', () => {
  test('are renewed in the order of their deadlines, never more than the limit in any second, and by a ramp after an outage', async () => {
    await using database = await aDatabase()
    await using server = await aRedis()
    const [accounts, perSecond] = [150, 60]

    const report = await runHerd({
      ...{ database, redisUrl: server.url, accounts, perSecond },
      ...{ outageMs: 1000, scanIntervalMs: 500 },
    })

    expect(report.mostInOneSecond.judged).toBeLessThanOrEqual(perSecond)
    expect(report.behindPlaces.most).toBeLessThanOrEqual(IN_FLIGHT)
    expect(report.replays).toBe(0)
    // In the first second those leave as well that had their turn before anybody knew; in the next, without the ramp of
    // both daemons together, it would be the whole limit.
    expect(report.ramp[0]).toBeLessThan(perSecond)
    expect(report.ramp[1]).toBeLessThanOrEqual(perSecond / 2)
  }, 120_000)
})
