import { expect, test, vi } from 'vitest'
import { DAY_MS } from '../src/units.ts'
import { aLine, connect } from './fixtures/account.ts'
import { aDaemon } from './fixtures/daemon.ts'
import { aDatabase } from './fixtures/database.ts'
import { aPlatformServer } from './fixtures/platform-server.ts'
import { aStrictX } from './fixtures/strict-x.ts'
import { aVault } from './fixtures/vault.ts'

const ALIVE = 200
const ENDED = 15

const many = <T>(count: number, make: (number: number) => T) =>
  Array.from({ length: count }, (_, number) => make(number))
const ago = (ms: number) => new Date(Date.now() - ms)

test('after a week without any daemon all grants that live are renewed, and only those that ended are ended', async () => {
  await using database = await aDatabase()
  await using platform = await aPlatformServer()
  const vault = aVault()
  const x = aStrictX(many(ALIVE, (number) => `alive-${number}`))
  platform.answerAll(x.answer)
  // Tokens of two hours, seven days old; those of ended grants are spread among the others.
  const week = (number: number) => ({ tokenExpiresAt: ago(7 * DAY_MS - number * 60_000) })
  const issued = { issuedAt: ago(7 * DAY_MS + 7_200_000).toISOString() }
  const ids = await connect(
    database,
    vault,
    ...many(ALIVE, (number) => aLine(week(number), { refreshToken: `alive-${number}`, ...issued })),
    ...many(ENDED, (number) => aLine(week(number * 13 + 1), { refreshToken: `ended-${number}`, ...issued })),
    aLine(week(0), { refreshToken: null, ...issued }),
  )
  // What was under way when everything stopped: a job in a queue that is gone, and an attempt that nobody knows the end of.
  await database.query("update refresh_schedule set claimed_at = now() - interval '7 days' where account_id = $1", [
    ids[0],
  ])
  await database.query(
    `with attempt as (
       insert into refresh_attempts (account_id, platform, trigger, started_at, worker)
       values ($1, 'X', 'schedule', now() - interval '7 days', 'gone') returning id
     )
     update refresh_schedule s set lease_id = gen_random_uuid(), leased_until = now() - interval '7 days', attempt_id = attempt.id
     from attempt where account_id = $1`,
    [ids[1]],
  )

  await using _daemon = await aDaemon({ database, vault, origin: platform.origin, redisUrl: null })
  const byStatus = () =>
    database.query(
      `select status, count(*)::integer as count, bool_and(token_expires_at > now()) as fresh
       from social_accounts group by status order by status`,
    )
  await vi.waitFor(async () => {
    expect(await byStatus()).toEqual([
      { status: 'ACTIVE', count: ALIVE, fresh: true },
      { status: 'TOKEN_EXPIRED', count: ENDED + 1, fresh: false },
    ])
  }, 50_000)

  expect(await database.query('select from account_credentials where version = 2')).toHaveLength(ALIVE)
  expect([...x.shown].filter(([token, times]) => token.startsWith('alive') && times > 1)).toEqual([])
  expect(
    await database.query("select from social_accounts where status = 'ACTIVE' and last_refresh_error is not null"),
  ).toEqual([])
  expect(await database.query('select from platform_states')).toEqual([])
})
