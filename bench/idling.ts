import { setTimeout as wait } from 'node:timers/promises'
import type { Benchmark, Contest, Size } from './harness/benchmark.ts'
import { everyApp } from './setup/every-app.ts'
import { fillFleet } from './setup/fleet.ts'
import { readCpuMs, readFamilyCpuMs } from './setup/proc.ts'
import { startDaemonProcess } from './setup/processes.ts'
import { startPostgres, startRedis } from './setup/servers.ts'

const FEW = 1000
const MANY = { full: 1_000_000, quick: 50_000 }
const WATCHED_MS = { full: 60_000, quick: 4000 }
/** What a daemon does at its start is over by then. */
const SETTLES_MS = { full: 10_000, quick: 2000 }

const row = {
  ours: '1,000,000 accounts, none due',
  baseline: '1,000 accounts, none due',
  unit: '% of a core',
  rounds: 3,
  warmsUp: false,
} as const

/** All roles, all apps, the queue in Redis, settings as they come. */
export const idling: Benchmark = {
  ...row,
  name: 'idling',
  measures: 'CPU of an idle daemon',
  bound: { atMost: 1.2 },
  ceiling: 2,
  open: (size) => openIdling(size, (daemon) => readCpuMs(daemon)),
}

/** What is saved in the daemon must not be spent in its database. */
export const idlingDatabase: Benchmark = {
  ...row,
  name: 'idling-database',
  measures: "CPU of an idle daemon's PostgreSQL",
  bound: { atMost: 1.2 },
  open: (size) => openIdling(size, (_daemon, server) => readFamilyCpuMs(server)),
}

async function openIdling(size: Size, readMs: (daemon: number, server: number) => Promise<number>): Promise<Contest> {
  await using stack = new AsyncDisposableStack()
  // What autovacuum makes of a million new rows is not the daemon's doing.
  const postgres = stack.use(await startPostgres(['autovacuum=off']))
  const redis = stack.use(await startRedis())
  const [many, few] = [await postgres.database('many'), await postgres.database('few')]
  await fillFleet(many.db, { accounts: MANY[size], workspaces: 1000 })
  await fillFleet(few.db, { accounts: FEW, workspaces: 1000 })
  const idle = async (databaseUrl: string) => {
    await using daemon = await startDaemonProcess({ ...everyApp, DATABASE_URL: databaseUrl, REDIS_URL: redis.url })
    await wait(SETTLES_MS[size])
    const [usedMs, startedMs] = [await readMs(daemon.pid, postgres.pid), performance.now()]
    await wait(WATCHED_MS[size])
    return (100 * ((await readMs(daemon.pid, postgres.pid)) - usedMs)) / (performance.now() - startedMs)
  }
  const opened = stack.move()
  return {
    ours: () => idle(many.url),
    baseline: () => idle(few.url),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}
