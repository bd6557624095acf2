import { performance } from 'node:perf_hooks'
import { describe, expect, test, vi } from 'vitest'
import type { RefreshContext } from '../../src/refresh/context.ts'
import { refresh } from '../../src/refresh/refresh.ts'
import { HOUR_MS } from '../../src/units.ts'
import { aDueLine, connect } from '../fixtures/account.ts'
import { aDatabase, type TestDatabase } from '../fixtures/database.ts'
import { aPlatformServer } from '../fixtures/platform-server.ts'
import { aContext } from '../fixtures/refresh-context.ts'
import { aShiftedClock } from '../fixtures/shifted-clock.ts'
import { aStrictX } from '../fixtures/strict-x.ts'

/** As if an hour had passed: there is no other clock in the database than the one that its moments are compared with. */
const anHourPasses = async (database: TestDatabase) => {
  await database.query(
    `update refresh_schedule set due_at = due_at - interval '1 h', leased_until = leased_until - interval '1 h',
       deadline_at = deadline_at - interval '1 h', in_doubt_at = in_doubt_at - interval '1 h'`,
  )
  await database.query("update refresh_attempts set started_at = started_at - interval '1 h'")
  await database.query("update social_accounts set token_expires_at = token_expires_at - interval '1 h'")
}

/** A machine that is suspended goes on as if nothing had happened: only some of its clocks have seen the hour. */
const clocks = {
  // A stopped process: the time since the start of the machine went on.
  'the monotonic clock': () => {
    const real = performance.now.bind(performance)
    const spy = vi.spyOn(performance, 'now').mockImplementation(() => real() + HOUR_MS)
    return { [Symbol.dispose]: () => spy.mockRestore() }
  },
  // A sleeping machine: Linux does not count that time, only the wall clock is set when it wakes.
  'the wall clock': () => aShiftedClock(HOUR_MS),
}

describe.each(Object.entries(clocks))('a worker that was suspended for an hour, as %s tells', (_clock, suspend) => {
  test('sends nothing for the lease that it held, and what others did meanwhile stays', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    await using context = aContext(database, platform.origin)
    const x = aStrictX(['single-use'])
    platform.answerAll(x.answer)
    const [accountId = ''] = await connect(database, context.vault, aDueLine({}, { refreshToken: 'single-use' }))
    const request = { accountId, trigger: 'operator', requestedAt: new Date(Date.now() + HOUR_MS) } as const

    using awake = new DisposableStack()
    // The last thing before a request: it waits for its turn.
    const suspended: RefreshContext = {
      ...context,
      pace: {
        restart: () => {},
        async turn() {
          await anHourPasses(database)
          // Somebody finds the attempt cut off, settles it, and tries anew.
          const found = await refresh({ ...context, worker: 'other' }, request)
          expect(found).toMatchObject({ outcome: 'in_doubt', code: 'interrupted' })
          expect(await refresh({ ...context, worker: 'other' }, request)).toMatchObject({ outcome: 'renewed' })
          awake.use(suspend())
          return 0
        },
      },
    }
    expect(await refresh(suspended, request)).toMatchObject({ outcome: 'superseded', code: 'TOO_LATE' })

    expect([...x.shown]).toEqual([['single-use', 1]])
    expect(await database.query('select status, last_refresh_error as error from social_accounts')).toEqual([
      { status: 'ACTIVE', error: null },
    ])
  })
})
