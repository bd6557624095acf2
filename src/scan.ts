import type { Complain } from './complaint.ts'
import type { Config } from './config.ts'
import { claimDue } from './database/claim-due.ts'
import { type Database, readDatabaseNow } from './database/connect.ts'
import { type DueApp, findDueApps } from './database/due-apps.ts'
import { expireUnrenewable } from './database/expire-unrenewable.ts'
import { releaseClaims } from './database/release-claims.ts'
import { saveScan } from './database/scan-state.ts'
import type { Log } from './log.ts'
import { configuredApps } from './platforms/registry.ts'
import type { Queues } from './queue/queues.ts'
import { sentences } from './rules/sentences.ts'

export interface ScanContext {
  readonly db: Database
  readonly queues: Queues
  readonly config: Config
  readonly log: Log
  readonly complain: Complain
  readonly worker: string
}

/** For how long a claimed account is out of sight: longer than it can wait in a shallow queue. */
const VISIBILITY_MS = 120_000
const MOST_EXPIRED_AT_ONCE = 1000
/** A queue holds a few seconds of work, so that its order can still change in the database; */
const SECONDS_OF_WORK = 3
/** and more than is done until the next scan, but for one that is rare: what waits longer is claimed twice. */
const MOST_SECONDS_OF_WORK = 60
const JOBS_PER_SLOT = 20

/**
 * Looks for due accounts once: ends those that nothing can renew, and hands the others to their queues, no more than
 * these have room for.
 *
 * Safe to run from every daemon at once.
 *
 * @returns how many accounts were handed over
 */
export async function scan(context: ScanContext): Promise<number> {
  const { db, config, log, worker } = context
  const apps = configuredApps(config)
  const expired = await expireUnrenewable(db, { apps, error: sentences.cannotRenew, limit: MOST_EXPIRED_AT_ONCE })
  for (const accountId of expired)
    log.info({ accountId }, 'the access token has ended: the account has to be reconnected')

  let claimed = 0
  for (const dueApp of await findDueApps(db, apps)) {
    // One platform's trouble stays its own.
    claimed += await handOver(context, dueApp).catch((error) => {
      context.complain(error, { app: dueApp.app })
      return 0
    })
  }
  await saveScan(db, { claimed, worker, apps })
  return claimed
}

async function handOver({ db, queues, config }: ScanContext, { app, isProbing }: DueApp): Promise<number> {
  const room = depthOf(config, app) - (await queues.countWaiting(app))
  const limit = isProbing ? Math.min(1, room) : room
  if (limit <= 0) return 0

  const requestedAt = await readDatabaseNow(db)
  const jobs = await claimDue(db, { app, limit, visibilityMs: VISIBILITY_MS })
  if (jobs.length === 0) return 0
  try {
    await queues.add(app, jobs, { requestedAt, urgent: false })
  } catch (error) {
    await releaseClaims(
      db,
      jobs.map(({ accountId }) => accountId),
    )
    throw error
  }
  return jobs.length
}

function depthOf({ apps, workerConcurrency, scanIntervalMs }: ScanContext['config'], app: DueApp['app']): number {
  const { requestsPerSecond } = apps[app]
  if (requestsPerSecond === null) return workerConcurrency * JOBS_PER_SLOT
  const untilNextScan = (1.5 * scanIntervalMs) / 1000
  return Math.ceil(requestsPerSecond * Math.min(MOST_SECONDS_OF_WORK, Math.max(SECONDS_OF_WORK, untilNextScan)))
}
