import { setTimeout as wait } from 'node:timers/promises'
import { aLine, connect } from '../fixtures/account.ts'
import { aDaemon } from '../fixtures/daemon.ts'
import type { TestDatabase } from '../fixtures/database.ts'
import { aVault } from '../fixtures/vault.ts'
import { type HerdReport, judgeHerd } from './judge.ts'
import { aHerdPlatform, firstToken } from './platform.ts'
import { wallMs, watchStalls } from './stalls.ts'

export interface HerdOptions {
  readonly database: Pick<TestDatabase, 'db' | 'url' | 'query'>
  readonly redisUrl: string | null
  readonly accounts: number
  readonly perSecond: number
  /** The platform is out for so long after a third of the accounts; 0: never. */
  readonly outageMs: number
  readonly scanIntervalMs: number
  /** Attempts of each daemon at the same time; undefined: as many as it has by itself. */
  readonly workerConcurrency?: number
}

/** Each look goes through all accounts. */
const POLL_MS = 500

/**
 * Lets accounts whose tokens all end within the same minute meet a platform with a limit, with two daemons that share a
 * queue, and tells what the platform saw.
 */
export async function runHerd(options: HerdOptions): Promise<HerdReport> {
  const { database, redisUrl, accounts, perSecond, outageMs, scanIntervalMs, workerConcurrency } = options
  await using platform = await aHerdPlatform()
  using watch = watchStalls()
  const vault = aVault()
  const lines = Array.from({ length: accounts }, (_, number) =>
    aLine({ externalId: `${number}` }, { refreshToken: firstToken(number) }),
  )
  await connect(database, vault, ...lines)
  const deadlinesMs = await makeDue(database, accounts, perSecond)

  const slots = workerConcurrency === undefined ? {} : { WORKER_CONCURRENCY: `${workerConcurrency}` }
  const env = { X_RATE_LIMIT: `${perSecond}`, SCAN_INTERVAL_MS: `${scanIntervalMs}`, ...slots }
  const daemon = { database, vault, origin: platform.origin, redisUrl, env, roles: ['scheduler', 'worker'] } as const
  await using _one = await aDaemon({ ...daemon, worker: 'one' })
  await using _two = await aDaemon({ ...daemon, worker: 'two' })
  const outage = outageMs === 0 ? null : await breakDown()
  await renewedAll(1)
  const seen = await platform.report()
  // The daemons run in this thread: between a turn and the first byte it can be kept from running as well.
  const stalls = [...seen.stalls, ...watch.stalls].sort((one, other) => one.fromMs - other.fromMs)
  return judgeHerd({ ...seen, stalls }, { perSecond, deadlinesMs, outage })

  async function breakDown() {
    await renewedAll(1 / 3)
    const fromMs = wallMs()
    platform.tell('outage')
    await wait(outageMs)
    const toMs = wallMs()
    platform.tell('well')
    return { fromMs, toMs }
  }

  async function renewedAll(share: number): Promise<void> {
    for (;;) {
      const [row] = await database.query<{ renewed: number }>(
        'select count(*)::integer as renewed from account_credentials where version > 1',
      )
      if ((row?.renewed ?? 0) >= accounts * share) return
      // As if the waits of those that have failed were over, all at once: the worst that can be.
      await database.query(
        `update refresh_schedule set due_at = now()
         where consecutive_failures > 0 and due_at > now() and lease_id is null and claimed_at is null`,
      )
      await wait(POLL_MS)
    }
  }
}

/** All are due, and end within the minute that begins when half of them can have been served; in no order of their own. */
async function makeDue(database: HerdOptions['database'], accounts: number, perSecond: number): Promise<number[]> {
  const rows = await database.query<{ number: number; deadline_ms: number }>(
    `with placed as (
       select a.id, a.external_id::integer as number,
         now() + make_interval(secs => $1) + interval '1 min' * (row_number() over (order by md5(a.external_id))) / $2 as ends_at
       from social_accounts a
     ), account as (
       update social_accounts a set token_expires_at = ends_at from placed where placed.id = a.id
     ), schedule as (
       update refresh_schedule s set due_at = now() - interval '1 s', deadline_at = ends_at from placed where account_id = placed.id
     )
     select number, extract(epoch from ends_at)::float8 * 1000 as deadline_ms from placed order by number`,
    [accounts / perSecond / 2, accounts],
  )
  return rows.map((row) => row.deadline_ms)
}
