import type { App } from '../app.ts'
import type { Database } from '../database/connect.ts'
import { pauseApp, resumeApp } from '../database/pause-app.ts'
import type { Lease } from '../database/take-lease.ts'
import type { Log } from '../log.ts'
import type { Settlement } from '../rules/outcome.ts'

/**
 * Draws from the outcome of one account what follows for its app: a refused app is paused for all its accounts, and the
 * first good answer after a pause ends it. Until then the scan lets one account at a time through.
 */
export async function judgeApp(db: Database, app: App, lease: Lease, settlement: Settlement, log: Log): Promise<void> {
  const { outcome, pauseAppUntil: until, code } = settlement
  if (until !== null) {
    const isNew = await pauseApp(db, { app, until, reason: outcome })
    if (isNew && outcome === 'app_misconfigured') {
      log.error({ app, code, until }, 'the platform refuses our app: it is paused, no account has changed')
    } else if (isNew) {
      log.warn({ app, code, until }, 'the platform asks us to slow down: it is paused')
    }
    return
  }
  if (!lease.isProbe || !showsWorkingApp(settlement)) return
  if (await resumeApp(db, app, lease.takenAt)) log.info({ app }, 'the app works again: it is no longer paused')
}

/** The platform has looked at the grant, so it has accepted the app. */
function showsWorkingApp({ outcome }: Settlement): boolean {
  return outcome === 'renewed' || outcome === 'healthy' || outcome === 'token_expired' || outcome === 'revoked'
}
