import { setTimeout as wait } from 'node:timers/promises'
import type { Database } from '../src/database/connect.ts'
import type { Benchmark, Bound, Contest, Size } from './harness/benchmark.ts'
import { settleDatabase } from './setup/fleet.ts'
import { ENCRYPTION_KEYS } from './setup/keys.ts'
import { type Platform, settingsOf, startPlatform } from './setup/platform.ts'
import { readLine, startDaemonProcess, startNode } from './setup/processes.ts'
import { connectRealAccounts, makeAllDue } from './setup/real-accounts.ts'
import { type BenchDatabase, startPostgres, startRedis } from './setup/servers.ts'

const ACCOUNTS = { full: 40_000, quick: 1000 }
/** On both sides. */
const CONCURRENCY = 200
const LOOKS_EVERY_MS = 20

type Backend = 'Redis' | 'PostgreSQL'
interface Opponent {
  readonly name: string
  readonly backend: Backend
  readonly baseline: string
  /** The file in `baselines/`. */
  readonly file: string
  readonly bound: Bound
}

const full = ({ name, backend, baseline, file, bound }: Opponent): Benchmark => ({
  name,
  measures: `the full path of a refresh on ${backend}`,
  ours: 'scan, queue, lease, request, sealed commit, history',
  baseline,
  unit: 'accounts per second',
  bound,
  rounds: 3,
  warmsUp: false,
  open: (size) => openRace(size, backend, file),
})

export const refreshing: readonly Benchmark[] = [
  full({
    name: 'refreshing-plain',
    backend: 'Redis',
    baseline: 'a BullMQ worker with `fetch` and one drizzle update, no lease, no history, no sealing',
    file: 'plain-worker.ts',
    bound: { atLeast: 3 },
  }),
  full({
    name: 'refreshing-empty',
    backend: 'Redis',
    baseline: 'a BullMQ worker that does nothing',
    file: 'empty-worker.ts',
    bound: { atLeast: 0.6 },
  }),
  full({
    name: 'refreshing-no-queue',
    backend: 'Redis',
    baseline: 'no queue: open, request, seal, and a batched commit of the same rows',
    file: 'no-queue.ts',
    bound: { atLeast: 0.7 },
  }),
  full({
    name: 'refreshing-postgresql',
    backend: 'PostgreSQL',
    baseline: 'a BullMQ worker that does nothing, on PostgreSQL',
    file: 'empty-worker.ts',
    bound: { atLeast: 0.8 },
  }),
]

async function openRace(size: Size, backend: Backend, file: string): Promise<Contest> {
  await using stack = new AsyncDisposableStack()
  const postgres = stack.use(await startPostgres())
  const redisUrl = backend === 'Redis' ? stack.use(await startRedis()).url : ''
  const platform = stack.use(await startPlatform())
  const accounts = ACCOUNTS[size]
  const [own, other] = [await postgres.database('own'), await postgres.database('other')]
  await connectRealAccounts(own.db, accounts)
  await connectRealAccounts(other.db, accounts)
  await makePlainTable(other.db, accounts)
  const opened = stack.move()
  return {
    ours: () => runDaemon(own, { redisUrl, platform, accounts }),
    async baseline() {
      await settleDatabase(other.db)
      const sizes = { ACCOUNTS: String(accounts), CONCURRENCY: String(CONCURRENCY) }
      const env = { ...sizes, DATABASE_URL: other.url, REDIS_URL: redisUrl, ORIGIN: platform.origin }
      const path = new URL(`./baselines/${file}`, import.meta.url).pathname
      await using race = startNode([path], env)
      const [, rate] = await readLine(race.child, /^rate (\S+)/)
      return Number(rate)
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

interface DaemonRace {
  readonly redisUrl: string
  readonly platform: Platform
  readonly accounts: number
}

/** @returns accounts per second, from when they are due to the last commit */
async function runDaemon({ db, url }: BenchDatabase, { redisUrl, platform, accounts }: DaemonRace): Promise<number> {
  await settleDatabase(db)
  const env = {
    WORKER_CONCURRENCY: String(CONCURRENCY),
    ...settingsOf(platform),
    DATABASE_URL: url,
    REDIS_URL: redisUrl,
  }
  await using _daemon = await startDaemonProcess({ ...env, TOKEN_ENCRYPTION_KEYS: ENCRYPTION_KEYS }, [
    'scheduler',
    'worker',
  ])
  const end = platform.answered() + accounts
  await makeAllDue(db)
  const startedMs = performance.now()
  while (platform.answered() < end) await wait(LOOKS_EVERY_MS)
  await untilAllAreRenewed(db)
  return (1000 * accounts) / (performance.now() - startedMs)
}

/**
 * Of those whose requests were answered, the last ones are still to be saved.
 *
 * @throws when not all were renewed: what failed was quicker than it should be
 */
async function untilAllAreRenewed(db: Database): Promise<void> {
  const LEFT = `select from refresh_schedule where due_at <= now() or claimed_at is not null or lease_id is not null limit 1`
  while ((await db.query(LEFT)).rowCount !== 0) await wait(LOOKS_EVERY_MS)
  const { rowCount } = await db.query('select from social_accounts where last_refresh_error is not null')
  if (rowCount !== 0) throw new Error(`${rowCount} accounts were not renewed`)
}

async function makePlainTable(db: Database, accounts: number): Promise<void> {
  await db.query(
    `create table plain_accounts (id text primary key, access_token text not null, refresh_token text not null,
       token_expires_at timestamptz, last_refreshed_at timestamptz)`,
  )
  await db.query(
    `insert into plain_accounts
     select 'soc_' || lpad(number::text, 24, '0'), repeat('a', 90), repeat('r', 90), now(), null
     from generate_series(1, $1::integer) as number`,
    [accounts],
  )
}
