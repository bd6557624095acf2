import { setTimeout as wait } from 'node:timers/promises'
import { type App, readApp } from '../../app.ts'
import { type Database, readDatabaseNow } from '../../database/connect.ts'
import { findOutcomesSince, findTargets, type RequestOutcome, type Target } from '../../database/refresh-requests.ts'
import { readScanAgeMs } from '../../database/scan-state.ts'
import { configuredApps } from '../../platforms/registry.ts'
import { openQueues } from '../../queue/queues.ts'
import { openMigratedSession, type Session } from '../session.ts'
import { layOut, moment } from '../table.ts'
import { print, Refusal, type Terminal } from '../terminal.ts'

export interface RefreshOptions {
  readonly wait?: true
  readonly json?: true
}

const POLL_MS = 200
/** A daemon takes an urgent job at once; after so long somebody should look. */
const REMIND_AFTER_MS = 10_000

/** Refreshes accounts now, ahead of what is scheduled. */
export async function runRefresh(
  wanted: readonly string[],
  options: RefreshOptions,
  terminal: Terminal,
): Promise<void> {
  const ids = [...new Set(wanted)]
  await using session = await openMigratedSession(terminal, { keys: false })
  const targets = await findTargets(session.db, ids)
  const unknown = ids.filter((id) => !targets.some(({ accountId }) => accountId === id))
  if (unknown.length > 0) throw new Refusal(`There is no connected account ${unknown.join(', ')}. Nothing was queued.`)

  const requestedAt = await enqueue(session, targets, terminal)
  await print(terminal.messages, `Queued ${targets.length}, ahead of scheduled work.`)
  if (!options.wait) return
  const outcomes = await waitForOutcomes(session.db, ids, requestedAt, terminal)
  await show(targets, outcomes, options, terminal)
  const failed = outcomes.filter(({ outcome }) => outcome !== 'renewed' && outcome !== 'healthy')
  if (failed.length > 0) throw new Refusal(`${failed.length} of ${outcomes.length} did not renew.`)
}

async function enqueue(
  { db, config, databaseUrl, log }: Session,
  targets: readonly Target[],
  terminal: Terminal,
): Promise<Date> {
  await using queues = openQueues({ redisUrl: config.redisUrl, databaseUrl, workers: 0, log })
  const requestedAt = await readDatabaseNow(db)
  for (const [app, ofApp] of Map.groupBy(targets, ({ app }) => appOf(app))) {
    if (!configuredApps(config).includes(app)) {
      await print(terminal.messages, `${app}_CLIENT_ID is not set here: a daemon that has it takes these accounts.`)
    }
    const jobs = ofApp.map(({ accountId }) => ({ accountId, trigger: 'operator' as const }))
    await queues.add(app, jobs, { requestedAt, urgent: true })
  }
  return requestedAt
}

function appOf(name: string): App {
  const app = readApp(name)
  if (app === null) throw new Refusal(`This version does not know the app ${name}.`)
  return app
}

async function waitForOutcomes(
  db: Database,
  ids: readonly string[],
  since: Date,
  terminal: Terminal,
): Promise<RequestOutcome[]> {
  const remindAtMs = Date.now() + REMIND_AFTER_MS
  let isReminded = false
  for (;;) {
    const outcomes = await findOutcomesSince(db, ids, since)
    if (outcomes.length === ids.length) return outcomes
    if (!isReminded && Date.now() > remindAtMs) {
      isReminded = true
      await print(terminal.messages, await reminder(db, ids.length - outcomes.length))
    }
    await wait(POLL_MS)
  }
}

async function reminder(db: Database, missing: number): Promise<string> {
  const ageMs = await readScanAgeMs(db)
  const scan = ageMs === null ? 'no daemon has ever scanned' : `the last scan was ${Math.round(ageMs / 1000)} s ago`
  return `Still waiting for ${missing}; ${scan}. Ctrl-C stops waiting and leaves the work in the queue.`
}

async function show(
  targets: readonly Target[],
  outcomes: readonly RequestOutcome[],
  { json }: RefreshOptions,
  terminal: Terminal,
): Promise<void> {
  if (json) return print(terminal.output, JSON.stringify(outcomes))
  const handles = new Map(targets.map((target) => [target.accountId, target]))
  const rows = outcomes.map(({ accountId, outcome, tokenExpiresAt, error }) => {
    const target = handles.get(accountId)
    return [accountId, target?.platform ?? '', target?.handle ?? '', outcome, moment(tokenExpiresAt), error ?? '']
  })
  const heading = ['ID', 'PLATFORM', 'HANDLE', 'OUTCOME', 'TOKEN EXPIRES (UTC)', 'REASON']
  await print(terminal.output, layOut([heading, ...rows]))
}
