import type { App } from './app.ts'
import type { Config } from './config.ts'

/** How much of an app is under way in one process, and how much waits for it: the same for who hands over and who takes. */
export interface Room {
  /** Accounts whose attempts run at the same time. */
  readonly atOnce: number
  /** Accounts that travel in one job of the scan. */
  readonly perJob: number
  /** Jobs whose accounts a process lets in at the same time: as many accounts wait in it as run. */
  readonly jobs: number
  /** Jobs that wait in the queue, at most. */
  readonly depth: number
}

type Limits = Pick<Config, 'apps' | 'workerConcurrency' | 'scanIntervalMs'>

const JOBS = 4
/** More would make a job large to look at, and gain nothing. */
const MOST_PER_JOB = 50
/** A limited app has no more under way than leave within seconds: who waits for a turn holds a lease that runs out. */
const SECONDS_OF_TURNS = 5
/** A queue holds a few seconds of work, so that its order can still change in the database; */
const SECONDS_OF_WORK = 3
/** and more than is done until the next scan, but for one that is rare: what waits longer is claimed twice. */
const MOST_SECONDS_OF_WORK = 60
const ACCOUNTS_PER_SLOT = 20

export function roomOf(limits: Limits, app: App): Room {
  const { requestsPerSecond } = limits.apps[app]
  const { workerConcurrency } = limits
  const most = requestsPerSecond === null ? workerConcurrency : requestsPerSecond * SECONDS_OF_TURNS
  const atOnce = Math.min(workerConcurrency, most)
  const perJob = Math.max(1, Math.min(MOST_PER_JOB, Math.floor(atOnce / JOBS)))
  const accounts =
    requestsPerSecond === null ? workerConcurrency * ACCOUNTS_PER_SLOT : waiting(limits, requestsPerSecond)
  return { atOnce, perJob, jobs: JOBS, depth: Math.ceil(accounts / perJob) }
}

function waiting({ scanIntervalMs }: Limits, requestsPerSecond: number): number {
  const untilNextScan = (1.5 * scanIntervalMs) / 1000
  return Math.ceil(requestsPerSecond * Math.min(MOST_SECONDS_OF_WORK, Math.max(SECONDS_OF_WORK, untilNextScan)))
}
