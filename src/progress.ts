import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Config } from './config.ts'
import type { Database } from './database/connect.ts'
import { readScanAgeMs } from './database/scan-state.ts'
import type { WatchedPart } from './liveness.ts'
import type { AttemptMetrics } from './metrics/attempt-metrics.ts'
import { configuredApps } from './platforms/registry.ts'
import type { Queues } from './queue/queues.ts'
import { MINUTE_MS, SECOND_MS } from './units.ts'
import type { Workers } from './worker.ts'

type Parts = Record<string, WatchedPart>

/** A scan that is older, or so many intervals old, is one that does not happen. */
const OLD_SCAN_MS = 30 * SECOND_MS
const MISSED_SCANS = 10

/** An attempt at a slow platform takes up to 75 s, in which a worker with all hands full takes nothing new. */
const WORKER_PATIENCE_MS = 2 * MINUTE_MS
/** Where the fleet shares a few requests per second, one of many workers may go without for minutes. */
const LIMITED_WORKER_PATIENCE_MS = 15 * MINUTE_MS
const COMMIT_PATIENCE_MS = 2 * MINUTE_MS
const SCAN_PATIENCE_MS = MINUTE_MS
const DELAY_PATIENCE_MS = MINUTE_MS
/** A worker that took or ended something so lately is at work. */
const LATELY_MS = 5 * SECOND_MS
const LONG_DELAY_MS = SECOND_MS

export interface WorkerParts {
  readonly db: Database
  readonly queues: Queues
  readonly config: Config
  readonly workers: Workers
  readonly metrics: AttemptMetrics
}

/**
 * What a worker has to get on with: the jobs that wait in its queues, and the outcomes that it could not save.
 *
 * While the database is away it waits, and is not to be blamed: a restart would throw away tokens that are nowhere else.
 */
export function progressOfWorker({ db, queues, config, workers, metrics }: WorkerParts): Parts {
  const ofQueues = configuredApps(config).map((app): [string, WatchedPart] => [
    `worker ${app}`,
    {
      standsStill: async () =>
        workers.quietMs(app) > LATELY_MS && (await queues.countWaiting(app)) > 0 && (await answers(db)),
      patienceMs: config.apps[app].requestsPerSecond === null ? WORKER_PATIENCE_MS : LIMITED_WORKER_PATIENCE_MS,
    },
  ])
  const commits: WatchedPart = {
    standsStill: async () => metrics.countUnsaved() > 0 && (await answers(db)),
    patienceMs: COMMIT_PATIENCE_MS,
  }
  return { ...Object.fromEntries(ofQueues), commits }
}

/** A scheduler scans by itself when nobody else does. */
export function progressOfScheduler(db: Database, config: Config): Parts {
  return { scan: { standsStill: async () => !(await isScanRecent(db, config)), patienceMs: SCAN_PATIENCE_MS } }
}

export async function isScanRecent(db: Database, { scanIntervalMs }: Config): Promise<boolean> {
  const ageMs = await readScanAgeMs(db)
  return ageMs !== null && ageMs < Math.max(OLD_SCAN_MS, MISSED_SCANS * scanIntervalMs)
}

/** A loop that is late at every turn: everything else may look well and is too slow. */
export function progressOfEventLoop(): { parts: Parts; stop: () => void } {
  const delays = monitorEventLoopDelay({ resolution: 20 })
  delays.enable()
  const standsStill = async () => {
    const medianMs = delays.percentile(50) / 1e6
    delays.reset()
    return medianMs > LONG_DELAY_MS
  }
  return {
    parts: { 'event loop': { standsStill, patienceMs: DELAY_PATIENCE_MS } },
    stop: () => void delays.disable(),
  }
}

export const answers = async (db: Database): Promise<boolean> => (await db.query('select 1')).rowCount === 1
