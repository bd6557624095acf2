import type { Complain } from './complaint.ts'
import type { Config } from './config.ts'
import { type Claimed, claimDue } from './database/claim-due.ts'
import { type Database, readDatabaseNow } from './database/connect.ts'
import { type DueApp, findDueApps } from './database/due-apps.ts'
import { expireUnrenewable } from './database/expire-unrenewable.ts'
import { releaseClaims } from './database/release-claims.ts'
import { saveScan } from './database/scan-state.ts'
import type { Log } from './log.ts'
import { configuredApps } from './platforms/registry.ts'
import type { Queues, RefreshJob } from './queue/queues.ts'
import { roomOf } from './room.ts'
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
  const { depth, perJob } = roomOf(config, app)
  const room = (depth - (await queues.countWaiting(app))) * perJob
  const limit = isProbing ? Math.min(1, room) : room
  if (limit <= 0) return 0

  const requestedAt = await readDatabaseNow(db)
  const claimed = await claimDue(db, { app, limit, visibilityMs: VISIBILITY_MS })
  if (claimed.length === 0) return 0
  try {
    await queues.add(app, bundle(claimed, perJob), { requestedAt, urgent: false })
  } catch (error) {
    await releaseClaims(
      db,
      claimed.map(({ accountId }) => accountId),
    )
    throw error
  }
  return claimed.length
}

/** Puts accounts that follow each other into one job, as long as they are claimed for the same reason. */
function bundle(claimed: readonly Claimed[], perJob: number): RefreshJob[] {
  const jobs: { accountIds: string[]; trigger: Claimed['trigger'] }[] = []
  for (const { accountId, trigger } of claimed) {
    const last = jobs.at(-1)
    if (last?.trigger === trigger && last.accountIds.length < perJob) last.accountIds.push(accountId)
    else jobs.push({ accountIds: [accountId], trigger })
  }
  return jobs
}
