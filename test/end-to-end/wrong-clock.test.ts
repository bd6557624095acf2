import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test, vi } from 'vitest'
import { HOUR_MS, MINUTE_MS } from '../../src/units.ts'
import { aDueLine, aLine } from '../fixtures/account.ts'
import { aDatabase, type TestDatabase } from '../fixtures/database.ts'
import { aPlatformServer } from '../fixtures/platform-server.ts'
import { run, start } from '../fixtures/process.ts'
import { backends, isMissing } from '../fixtures/redis.ts'
import { aStrictX } from '../fixtures/strict-x.ts'

const SHIFT = fileURLToPath(new URL('../fixtures/shift-clock.ts', import.meta.url))
const LIFETIME_S = 7200

const renewed = async (database: TestDatabase) =>
  (await database.query<{ id: string }>('select account_id as id from account_credentials where version > 1')).map(
    ({ id }) => id,
  )

/** By the database's clock and by nobody else's, within seconds. */
const JUDGED = `
  select max(abs(extract(epoch from t.started_at - t.finished_at)))::float8 < 60
      and bool_and(t.started_at between now() - interval '1 min' and now()) as attempts,
    bool_and(a.last_refreshed_at between now() - interval '1 min' and now()) as refreshed,
    bool_and(abs(extract(epoch from a.token_expires_at - a.last_refreshed_at) - ${LIFETIME_S}) < 10) as ends,
    bool_and(c.issued_at between now() - interval '1 min' and now()) as issued,
    bool_and(s.due_at - c.issued_at between interval '${LIFETIME_S * 0.74} s' and interval '${LIFETIME_S * 0.86} s') as due
  from social_accounts a join account_credentials c on c.account_id = a.id join refresh_schedule s on s.account_id = a.id
  join refresh_attempts t on t.account_id = a.id
  where c.version > 1`

describe.each(backends)('daemons whose clocks are wrong, with their queue in $backend', ({ backend, redis }) => {
  test.skipIf(isMissing(backend))(
    'renew what is due by the clock of the database, when it is due, and go on when a clock steps back',
    async () => {
      await using database = await aDatabase()
      await using platform = await aPlatformServer()
      await using server = await redis()
      const folder = await mkdtemp(join(tmpdir(), 'token-refresh-worker-clock-'))
      await using _folder = { [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
      await database.query(
        "do $$ begin execute format('alter database %I set timezone = ''Europe/Berlin''', current_database()); end $$",
      )
      platform.answerAll(aStrictX(['due', 'next', 'fresh'], { lifetimeS: LIFETIME_S }).answer)
      const env = {
        ...{ DATABASE_URL: database.url, REDIS_URL: server?.url ?? '', PORT: '0', SCAN_INTERVAL_MS: '200' },
        ...{ X_BASE_URL: platform.origin, X_CLIENT_ID: 'client', X_CLIENT_SECRET: 'secret', X_RATE_LIMIT: '50' },
        ...{ TOKEN_ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}` },
      }
      // Due in five minutes: a machine that is ten minutes ahead must not think that it is now.
      const soon = { tokenExpiresAt: inMinutes(29) }
      const issued = { issuedAt: inMinutes(-91) }
      const lines = [
        aDueLine({}, { refreshToken: 'due' }),
        aLine(soon, { refreshToken: 'fresh', ...issued }),
        aLine(soon, { refreshToken: 'next', ...issued }),
      ]
      const imported = await run(['accounts', 'import', '-'], {
        env: { ...env, TZ: 'Europe/Berlin', CLOCK_AHEAD_MS: `${-10 * MINUTE_MS}` },
        nodeOptions: ['--import', SHIFT],
        input: lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
      })
      const [due, fresh, next] = imported.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).id as string)
      await database.query("update refresh_schedule set due_at = now() + interval '5 min' where account_id = any($1)", [
        [fresh, next],
      ])

      const step = join(folder, 'step')
      const daemon = (aheadMs: number) =>
        start(['daemon', '--roles', 'scheduler,worker'], {
          env: { ...env, TZ: 'Europe/Berlin', CLOCK_AHEAD_MS: `${aheadMs}`, CLOCK_STEP_FILE: step },
          nodeOptions: ['--import', SHIFT],
        })
      await using _ahead = daemon(10 * MINUTE_MS)
      await using behind = daemon(-10 * MINUTE_MS)
      await vi.waitFor(async () => expect(await renewed(database)).toEqual([due]), 40_000)
      await vi.waitFor(() => expect(behind.stdout()).toContain('the daemon runs'), 30_000)

      await writeFile(step, `${-HOUR_MS}`)
      await database.query('update refresh_schedule set due_at = now() where account_id = $1', [next])
      await vi.waitFor(async () => expect((await renewed(database)).sort()).toEqual([due, next].sort()), 40_000)

      expect(await database.query(JUDGED)).toEqual([
        { attempts: true, refreshed: true, ends: true, issued: true, due: true },
      ])
      expect(platform.arrived).toHaveLength(2)
    },
  )
})

const inMinutes = (minutes: number) => new Date(Date.now() + minutes * MINUTE_MS).toISOString()
