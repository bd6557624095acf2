import { setTimeout as wait } from 'node:timers/promises'
import type { Benchmark } from './harness/benchmark.ts'
import { medianOf } from './harness/measure.ts'
import { ENCRYPTION_KEYS } from './setup/keys.ts'
import { settingsOf, startPlatform } from './setup/platform.ts'
import { readMemoryMb } from './setup/proc.ts'
import { startDaemonProcess } from './setup/processes.ts'
import { connectRealAccounts, makeAllDue } from './setup/real-accounts.ts'
import { startPostgres, startRedis } from './setup/servers.ts'

const FEW = { full: 10_000, quick: 2000 }
const MANY = { full: 200_000, quick: 6000 }
const ACCOUNTS = { full: 5000, quick: 1000 }
const LOOKS_EVERY_MS = 250
/** Memory goes up and down by a third with every large collection: it is read all along the last so many refreshes. */
const LAST = { full: 5000, quick: 1000 }

export const growing: Benchmark = {
  name: 'growing',
  measures: "a daemon's resident memory",
  ours: 'after 200,000 refreshes, median of the last 5,000',
  baseline: 'after 10,000 refreshes, median of the last 5,000',
  unit: 'MiB',
  bound: { atMost: 1.1 },
  rounds: 3,
  warmsUp: false,
  async open(size) {
    await using stack = new AsyncDisposableStack()
    const postgres = stack.use(await startPostgres())
    const redis = stack.use(await startRedis())
    const platform = stack.use(await startPlatform())
    const { db, url } = await postgres.database('growing')
    await connectRealAccounts(db, ACCOUNTS[size])
    const fast = { WORKER_CONCURRENCY: '50' }
    const env = { ...settingsOf(platform), ...fast, DATABASE_URL: url, REDIS_URL: redis.url }
    const refresh = async (refreshes: number) => {
      await using daemon = await startDaemonProcess({ ...env, TOKEN_ENCRYPTION_KEYS: ENCRYPTION_KEYS })
      const end = platform.answered() + refreshes
      const readings: number[] = []
      while (platform.answered() < end) {
        await makeAllDue(db)
        await wait(LOOKS_EVERY_MS)
        if (platform.answered() >= end - LAST[size]) readings.push(await readMemoryMb(daemon.pid, 'now'))
      }
      return medianOf(readings)
    }
    const opened = stack.move()
    return {
      ours: () => refresh(MANY[size]),
      baseline: () => refresh(FEW[size]),
      [Symbol.asyncDispose]: () => opened.disposeAsync(),
    }
  },
}
