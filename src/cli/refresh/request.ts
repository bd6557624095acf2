import { type App, readApp } from '../../app.ts'
import { findTargets } from '../../database/find-targets.ts'
import { countMatching, makeDue, type RefreshFilter } from '../../database/make-due.ts'
import { configuredApps } from '../../platforms/registry.ts'
import { openQueues } from '../../queue/queues.ts'
import { openProgress } from '../progress.ts'
import { requireSessions } from '../require-sessions.ts'
import type { Session } from '../session.ts'
import { print, Refusal, type Terminal } from '../terminal.ts'

/** What was asked for, and how it went. */
export interface Requested {
  /** Accounts that are going to be refreshed. */
  readonly accounts: number
  /** Of these, the ones that were due or under way before. */
  readonly underWay: number
  /** Left alone, because they are fresh. */
  readonly renewedRecently: number
  readonly isStopped: boolean
}

export interface RequestOptions {
  readonly requestedAt: Date
  readonly terminal: Terminal
  readonly mayGoOn: () => boolean
  /** Told of the accounts, some at a time. */
  readonly onAccounts: (accountIds: readonly string[]) => Promise<void>
}

const BATCH = 1000

/** Puts accounts into their queues, ahead of everything that waits there. */
export async function requestByIds(
  { db, config, databaseUrl, log }: Session,
  ids: readonly string[],
  { requestedAt, terminal, onAccounts }: RequestOptions,
): Promise<Requested> {
  const targets = await findTargets(db, ids)
  const unknown = ids.filter((id) => !targets.some(({ accountId }) => accountId === id))
  if (unknown.length > 0) throw new Refusal(`There is no connected account ${unknown.join(', ')}. Nothing was queued.`)

  if (config.redisUrl === null) await requireSessions(databaseUrl)
  await onAccounts(ids)
  await using queues = openQueues({ redisUrl: config.redisUrl, databaseUrl, workers: 0, log })
  const byApp = Map.groupBy(targets, ({ app }) => requireApp(app))
  await sayWhatIsLeftAlone([...byApp.keys()], configuredApps(config), terminal)
  for (const [app, ofApp] of byApp) {
    const jobs = ofApp.map(({ accountId }) => ({ accountIds: [accountId], trigger: 'operator' as const }))
    await queues.add(app, jobs, { requestedAt, urgent: true })
  }
  return { accounts: ids.length, underWay: 0, renewedRecently: 0, isStopped: false }
}

/** Makes accounts due in the database, batch by batch: the queues stay as shallow as they are. */
export async function requestByFilter(
  { db, config }: Session,
  filter: RefreshFilter,
  { requestedAt, terminal, mayGoOn, onAccounts }: RequestOptions,
): Promise<Requested> {
  const matching = await countMatching(db, filter, requestedAt)
  await sayWhatIsLeftAlone(
    matching.filter(({ accounts }) => accounts > 0).map(({ app }) => app),
    configuredApps(config),
    terminal,
  )
  const total = matching.reduce((sum, { accounts }) => sum + accounts, 0)
  const renewedRecently = matching.reduce((sum, found) => sum + found.renewedRecently, 0)
  const progress = openProgress(terminal.messages, { label: 'Making due', total })
  let accounts = 0
  let madeDue = 0
  for (let after: string | null = ''; after !== null && mayGoOn(); ) {
    const batch = await makeDue(db, filter, { requestedAt, after, limit: BATCH })
    await onAccounts(batch.accountIds)
    accounts += batch.accountIds.length
    madeDue += batch.madeDue
    after = batch.last
    progress.show(accounts)
  }
  progress.end()
  return { accounts, underWay: accounts - madeDue, renewedRecently, isStopped: !mayGoOn() }
}

async function sayWhatIsLeftAlone(apps: readonly string[], usable: readonly App[], terminal: Terminal): Promise<void> {
  for (const app of new Set(apps)) {
    if (usable.some((name) => name === app)) continue
    await print(terminal.messages, `${app}_CLIENT_ID is not set here: a daemon that has it takes these accounts.`)
  }
}

function requireApp(name: string): App {
  const app = readApp(name)
  if (app === null) throw new Refusal(`This version does not know the app ${name}.`)
  return app
}
