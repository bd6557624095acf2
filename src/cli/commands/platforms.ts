import { type App, readApp } from '../../app.ts'
import { type Database, readDatabaseNow } from '../../database/connect.ts'
import { countAccountsOf } from '../../database/count-accounts.ts'
import { pauseByOperator, resumeByOperator } from '../../database/pause-app.ts'
import { retryEnded } from '../../database/retry-ended.ts'
import { STRATEGIES } from '../../platforms/registry.ts'
import { MANY_ENDED } from '../../refresh/breaker.ts'
import { readMoment } from '../moment.ts'
import { count } from '../progress.ts'
import { openMigratedSession } from '../session.ts'
import { moment } from '../table.ts'
import { print, Refusal, type Terminal } from '../terminal.ts'

export interface PauseOptions {
  readonly until?: string
  readonly reason?: string
}

/** Pauses the app of a platform: the scan hands out none of its accounts until it is over. */
export async function runPause(name: string, options: PauseOptions, terminal: Terminal): Promise<void> {
  const app = appOf(name)
  await using session = await openMigratedSession(terminal, { keys: false })
  const { db } = session
  const now = await readDatabaseNow(db)
  const until = options.until === undefined ? null : readMoment(options.until, now, 'from now')
  if (until !== null && until <= now) throw new Refusal(`${moment(until)} UTC has passed. Nothing was paused.`)
  const reason = `by an operator${options.reason === undefined ? '' : `: ${options.reason}`}`
  await pauseByOperator(db, { app, until, reason })
  const end = until === null ? `until: platforms resume ${app}` : `until ${moment(until)} UTC`
  await print(terminal.messages, `Paused ${await describe(db, app)} ${end}.`)
}

/** Ends the pause of the app of a platform. */
export async function runResume(name: string, terminal: Terminal): Promise<void> {
  const app = appOf(name)
  await using session = await openMigratedSession(terminal, { keys: false })
  const { db } = session
  const pause = await resumeByOperator(db, app)
  if (pause === null) return await print(terminal.messages, `${app} was not paused.`)
  await print(terminal.messages, `Resumed ${await describe(db, app)}.`)
  if (pause.reason !== 'many_accounts_ended') return
  const ended = await retryEnded(db, app, MANY_ENDED.windowMinutes, pause.since)
  await print(terminal.messages, `Accounts that had ended are tried once more: ${count(ended)}.`)
}

/** Pauses belong to apps. A platform's name means the app of its accounts, unless an app has this very name. */
function appOf(name: string): App {
  const app = readApp(name) ?? STRATEGIES.find(({ platform }) => platform === name)?.app
  if (app === undefined) throw new Refusal(`This version has no app that refreshes ${name}.`)
  return app
}

async function describe(db: Database, app: App): Promise<string> {
  const [found] = await countAccountsOf(db, [app])
  return `${app} (accounts: ${count(found?.accounts ?? 0)})`
}
