import { type Database, readDatabaseNow } from '../../database/connect.ts'
import { findTargets } from '../../database/find-targets.ts'
import { countMatching, type RefreshFilter } from '../../database/make-due.ts'
import { openRefreshTargets, type RefreshTargets } from '../../database/refresh-targets.ts'
import { sharesSessionsAt } from '../../database/shares-sessions.ts'
import { count } from '../progress.ts'
import { requestByFilter, requestByIds } from '../refresh/request.ts'
import { countAccounts, describeRequested, showMatching, showOutcomes } from '../refresh/show.ts'
import { hasRenewed, waitForOutcomes } from '../refresh/wait-for-outcomes.ts'
import { openMigratedSession } from '../session.ts'
import { print, Refusal, type Terminal } from '../terminal.ts'

export interface RefreshOptions extends RefreshFilter {
  readonly all?: true
  readonly dryRun?: true
  readonly wait?: true
  readonly json?: true
}

/** So many accounts that did not renew are listed. */
const MOST_LISTED = 100

const HOW_TO_LOOK = 'See: npm run -s cli -- status, or history ID for one account.'

const NO_SESSION = `--wait keeps what it waits for in a session of its own, and DATABASE_URL goes through a pooler that shares them.
Set DATABASE_URL to the server itself for this command, or leave out --wait. Nothing was asked for.`

/** Refreshes accounts now: those named by their ids ahead of what is scheduled, those of a filter by their deadlines. */
export async function runRefresh(
  wanted: readonly string[],
  options: RefreshOptions,
  terminal: Terminal,
): Promise<void> {
  const ids = [...new Set(wanted)]
  await using session = await openMigratedSession(terminal, { keys: false })
  const { db } = session
  const requestedAt = await readDatabaseNow(db)
  if (options.dryRun) return showMatching(await countWanted(db, ids, options, requestedAt), options, terminal)

  const mayGoOn = untilStopped(terminal)
  if (options.wait && (await sharesSessionsAt(session.databaseUrl))) throw new Refusal(NO_SESSION)
  await using targets = options.wait ? await openRefreshTargets(db, requestedAt) : null
  const onAccounts = async (accountIds: readonly string[]) => targets?.add(accountIds)
  const request = { requestedAt, terminal, mayGoOn, onAccounts }
  const isByIds = ids.length > 0
  const requested = isByIds
    ? await requestByIds(session, ids, request)
    : await requestByFilter(session, options, request)
  const what = isByIds ? `Queued ${count(ids.length)}, ahead of scheduled work.` : describeRequested(requested)
  await print(terminal.messages, what)
  if (requested.isStopped)
    throw new Refusal(`Stopped before all were made due; the same command goes on. ${HOW_TO_LOOK}`)
  // Awaited here: what the outcomes are read from is closed on the way out.
  if (targets !== null)
    await awaitAll(db, targets, { ...options, total: requested.accounts, isByIds, mayGoOn }, terminal)
  else if (options.json) await print(terminal.output, JSON.stringify(requested))
}

interface AwaitOptions extends RefreshOptions {
  readonly total: number
  readonly isByIds: boolean
  readonly mayGoOn: () => boolean
}

async function awaitAll(
  db: Database,
  targets: RefreshTargets,
  options: AwaitOptions,
  terminal: Terminal,
): Promise<void> {
  const { total, isByIds, mayGoOn } = options
  const outcomes = await waitForOutcomes(db, targets, { total, terminal, mayGoOn })
  const accounts = await targets.list({ renewedToo: isByIds, limit: isByIds ? total : MOST_LISTED })
  await showOutcomes(outcomes, accounts, options, terminal)
  const left = countAccounts(outcomes, (outcome) => outcome === null)
  if (left > 0) throw new Refusal(`Stopped waiting for ${count(left)}: they are refreshed all the same. ${HOW_TO_LOOK}`)
  const failed = countAccounts(outcomes, (outcome) => !hasRenewed({ outcome }))
  if (failed > 0) throw new Refusal(`${count(failed)} of ${count(total)} did not renew.`)
}

/** The first Ctrl-C ends the work at the next step, the second the process. */
function untilStopped(terminal: Terminal): () => boolean {
  let isStopped = false
  void terminal.untilStopped().then(() => {
    isStopped = true
  })
  return () => !isStopped
}

async function countWanted(db: Database, ids: readonly string[], filter: RefreshFilter, requestedAt: Date) {
  if (ids.length === 0) {
    const matching = await countMatching(db, filter, requestedAt)
    return matching.map(({ platform, accounts, renewedRecently }) => ({ platform, accounts, renewedRecently }))
  }
  const byPlatform = Map.groupBy(await findTargets(db, ids), ({ platform }) => platform)
  return [...byPlatform].map(([platform, found]) => ({ platform, accounts: found.length, renewedRecently: 0 }))
}
