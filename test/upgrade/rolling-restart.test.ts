import { describe, expect, test } from 'vitest'
import { aDatabase } from '../fixtures/database.ts'
import { backends, isMissing } from '../fixtures/redis.ts'
import { aFleet, BUSY_MACHINE_MS, errorsOf, untilItRenews } from './fleet.ts'

describe.each(backends)(
  'three daemons that are replaced one by one, with the queue in $backend',
  ({ backend, redis }) => {
    test.skipIf(isMissing(backend))(
      'renew every account and leave nothing in doubt',
      { timeout: BUSY_MACHINE_MS },
      async () => {
        await using database = await aDatabase()
        await using server = await redis()
        await using fleet = await aFleet(database, server?.url)
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
    )
  },
)
