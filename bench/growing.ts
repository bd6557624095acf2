import { setTimeout as wait } from 'node:timers/promises'
import type { Benchmark } from './harness/benchmark.ts'
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
/** What runs when the last is counted ends in the meantime. */
const SETTLES_MS = 2000

export const growing: Benchmark = {
  name: 'growing',
  measures: "a daemon's resident memory",
  ours: 'after 200,000 refreshes',
  baseline: 'after 10,000 refreshes',
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
    const fast = { SCAN_INTERVAL_MS: '250', WORKER_CONCURRENCY: '50' }
    const env = { ...settingsOf(platform), ...fast, DATABASE_URL: url, REDIS_URL: redis.url }
    const refresh = async (refreshes: number) => {
      await using daemon = await startDaemonProcess({ ...env, TOKEN_ENCRYPTION_KEYS: ENCRYPTION_KEYS })
      const end = platform.answered() + refreshes
      while (platform.answered() < end) {
        await makeAllDue(db)
        await wait(LOOKS_EVERY_MS)
      }
      await wait(SETTLES_MS)
      return readMemoryMb(daemon.pid, 'now')
    }
    const opened = stack.move()
    return {
      ours: () => refresh(MANY[size]),
      baseline: () => refresh(FEW[size]),
      [Symbol.asyncDispose]: () => opened.disposeAsync(),
    }
  },
}
