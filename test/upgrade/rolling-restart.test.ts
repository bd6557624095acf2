import { expect, test } from 'vitest'
import { aDatabase } from '../fixtures/database.ts'
import { aRedis, isMissing } from '../fixtures/redis.ts'
import { aFleet, BUSY_MACHINE_MS, errorsOf, untilItRenews } from './fleet.ts'

// On the other backend, SIGTERM under load is a part of the chaos runs.
test.skipIf(isMissing('redis'))(
  'three daemons that are replaced one by one renew every account and leave nothing in doubt',
  async () => {
    await using database = await aDatabase()
    await using server = await aRedis()
    await using fleet = await aFleet(database, server.url)
    await fleet.connect()
    await using stack = new AsyncDisposableStack()
    const startOne = () => stack.use(fleet.start({ roles: 'scheduler,worker' }))
    const before = [startOne(), startOne(), startOne()]
    await using load = fleet.keepDue()
    await Promise.all(before.map((daemon) => untilItRenews(database, daemon)))

    const after = []
    for (const daemon of before) {
      daemon.signal('SIGTERM')
      const next = startOne()
      expect(await daemon.ended).toMatchObject({ code: 0 })
      await untilItRenews(database, next)
      after.push(next)
    }
    await load.settle()
    for (const daemon of after) daemon.signal('SIGTERM')

    for (const daemon of after) expect(await daemon.ended).toMatchObject({ code: 0 })
    expect([...before, ...after].flatMap(errorsOf)).toEqual([])
    await fleet.expectNothingLost()
  },
  BUSY_MACHINE_MS,
)
