import type { App } from '../app.ts'
import type { Database } from '../database/connect.ts'
import { countEnded } from '../database/count-ended.ts'
import { pauseApp, resumeApp } from '../database/pause-app.ts'
import { retryEnded } from '../database/retry-ended.ts'
import type { Lease } from '../database/take-lease.ts'
import type { Log } from '../log.ts'
import type { Settlement } from '../rules/outcome.ts'
import { APP_PAUSE_MS } from '../rules/settlement.ts'

/** Null: the app goes on as it was. */
export type AppChange = 'paused' | 'resumed' | null

/** So many accounts of one app ended within the window, and so large a share of those that were tried: our app. */
export const MANY_ENDED = { accounts: 5, share: 0.2, windowMinutes: 30 }

/**
 * Draws from the outcome of one account what follows for its app: a refused app is paused for all its accounts, and the
 * first good answer after a pause ends it. Until then the scan lets one account at a time through.
 *
 * Many accounts that end within minutes are taken for trouble of the app as well: from then on nobody is ended, until one
 * account has been renewed. Those that ended before are then tried once more.
 *
 * @returns what this attempt changed for the app
 */
export async function judgeApp(
  db: Database,
  app: App,
  lease: Lease,
  settlement: Settlement,
  log: Log,
): Promise<AppChange> {
  const { pauseApp: pause, code } = settlement
  if (pause !== null) {
    const { until, reason } = pause
    const isNew = await pauseApp(db, { app, until, reason })
    if (!isNew) return null
    if (reason === 'rate_limited') log.warn({ app, code, until }, 'the platform asks us to slow down: it is paused')
    else log.error({ app, code, until }, 'the platform refuses our app: it is paused, no account has changed')
    return 'paused'
  }
  // Whoever is told that the grant is dead has been accepted as an app.
  const showsWorkingApp = isGood(settlement) || (isEnd(settlement) && !lease.isSuspect)
  const resumed = lease.isProbe && showsWorkingApp ? await resume(db, app, lease, log) : null
  const paused = isEnd(settlement) && isNews(lease, settlement) ? await judgeEnds(db, app, lease, log) : null
  return paused ?? resumed
}

async function resume(db: Database, app: App, lease: Lease, log: Log): Promise<AppChange> {
  const resumed = await resumeApp(db, app, lease.takenAt)
  if (resumed === null) return null
  log.info({ app }, 'the app works again: it is no longer paused')
  if (resumed.reason !== 'many_accounts_ended') return 'resumed'
  const accounts = await retryEnded(db, app, MANY_ENDED.windowMinutes, resumed.since)
  log.info({ app, accounts }, 'accounts that ended while the app was in trouble are tried again')
  return 'resumed'
}

async function judgeEnds(db: Database, app: App, lease: Lease, log: Log): Promise<AppChange> {
  const { ended, tried } = await countEnded(db, app, MANY_ENDED.windowMinutes)
  if (ended < MANY_ENDED.accounts || ended < MANY_ENDED.share * tried) return null
  const until = new Date(lease.takenAt.getTime() + APP_PAUSE_MS)
  const isNew = await pauseApp(db, { app, until, reason: 'many_accounts_ended' })
  if (!isNew) return null
  log.error({ app, ended, tried, until }, 'many accounts ended within minutes: the app is paused, look at it')
  return 'paused'
}

/** One that had ended before says nothing new: else those that are tried again would pause the app again. */
const isNews = ({ status, failing }: Lease, { code }: Settlement) =>
  status === 'ACTIVE' && (failing === null || failing.code !== code)

const isEnd = ({ outcome }: Settlement) => outcome === 'token_expired' || outcome === 'revoked'

/** The platform has given what was asked, so it has accepted the app. */
const isGood = ({ outcome }: Settlement) => outcome === 'renewed' || outcome === 'healthy'
