import { APPS, type App } from '../../app.ts'
import { ConfigError } from '../../config.ts'
import { isDatabaseAway } from '../../database/away.ts'
import { countAccountsOf } from '../../database/count-accounts.ts'
import { readMigrations } from '../../database/migrate.ts'
import { type Check, failed, ok } from '../../doctor/check.ts'
import { checkApps } from '../../doctor/check-apps.ts'
import { checkDatabase } from '../../doctor/check-database.ts'
import { checkKeys } from '../../doctor/check-keys.ts'
import { checkListRole } from '../../doctor/check-list-role.ts'
import { checkQueue } from '../../doctor/check-queue.ts'
import { describeError } from '../../log.ts'
import { openAgents } from '../../oauth/agents.ts'
import { openSession, openVaultOf, type Session } from '../session.ts'
import { print, Refusal, type Terminal } from '../terminal.ts'

/** Looks at everything that a daemon depends on, without touching an account. */
export async function runDoctor({ json }: { json?: true }, terminal: Terminal): Promise<void> {
  const checks = await examine(terminal)
  if (json) await print(terminal.output, JSON.stringify(checks))
  else for (const check of checks) await print(terminal.output, describe(check))
  const broken = checks.filter(({ state }) => state === 'failed').length
  if (broken > 0) throw new Refusal(`${broken} of ${checks.length} checks failed.`)
}

async function examine(terminal: Terminal): Promise<Check[]> {
  try {
    await using session = await openSession(terminal, { keys: true })
    return [ok('settings', 'can be used'), ...(await examineDatabase(session))]
  } catch (error) {
    if (error instanceof ConfigError) {
      return error.problems.map((problem) => failed('settings', problem, '.env.example explains each setting.'))
    }
    if (error instanceof Refusal) return [failed('database', error.message, 'Then ask again.')]
    throw error
  }
}

async function examineDatabase(session: Session): Promise<Check[]> {
  const { config, databaseUrl, db } = session
  try {
    const database = await checkDatabase(db, await readMigrations())
    const queue = await checkQueue(config.redisUrl, databaseUrl)
    // The rest reads tables that an old schema may not have.
    if (database.some(({ state }) => state === 'failed')) return [...database, queue]
    const { allowPrivateNetwork } = config
    await using agents = openAgents({ connections: 1, allowPrivateNetwork })
    const counts = await countAccountsOf(db, APPS)
    const accountsOf = new Map(counts.map(({ app, accounts }) => [app as App, accounts]))
    return [
      ...database,
      await checkListRole(config.listDatabaseUrl ?? databaseUrl, session.log),
      queue,
      await checkKeys(db, await openVaultOf(config)),
      ...(await checkApps(config, agents, accountsOf)),
    ]
  } catch (error) {
    if (!isDatabaseAway(error)) throw error
    const { message } = describeError(error) as { message: string }
    return [failed('database', `does not answer: ${message}`, 'Check DATABASE_URL and that the server runs.')]
  }
}

const MARKS = { ok: 'ok     ', warning: 'warning', failed: 'failed ' } as const

function describe({ name, state, message, todo }: Check): string {
  return `${MARKS[state]}  ${name.padEnd(15)}  ${message}${todo === null ? '' : `\n${' '.repeat(26)}${todo}`}`
}
