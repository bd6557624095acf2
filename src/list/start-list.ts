import { complainer } from '../complaint.ts'
import { type Config, ConfigError } from '../config.ts'
import { findRightsProblem, openListDatabase } from '../database/list-database.ts'
import type { Log } from '../log.ts'
import { type Listening, listen } from './listen.ts'
import type { Probes } from './probes.ts'
import { openRateLimits } from './rate-limits.ts'
import { type Check, type CheckName, makeReadiness } from './readiness.ts'
import { buildListServer } from './server.ts'

export interface ListOptions extends Omit<Probes, 'readiness'> {
  readonly config: Config
  /** The daemon's own, used where the list module has no login of its own. */
  readonly databaseUrl: string
  /** What else has to work for this process to be ready. */
  readonly checks: Readonly<Partial<Record<CheckName, Check>>>
  readonly log: Log
}

const CONNECTIONS = 10

/**
 * Starts the list module on a pool of its own, whose role cannot read a credential.
 *
 * @throws {ConfigError} when its login may do too little or too much
 */
export async function startList(options: ListOptions): Promise<Listening> {
  const { config, databaseUrl, checks, findStandstill, renderMetrics, log } = options
  const complain = complainer(log, 'the list module has trouble; requests are answered')
  await using stack = new AsyncDisposableStack()
  const databaseOfList = config.listDatabaseUrl ?? databaseUrl
  const db = stack.use(openListDatabase(databaseOfList, { connections: CONNECTIONS, log }))
  const problem = await findRightsProblem(db)
  if (problem !== null) {
    const setting = config.listDatabaseUrl === null ? 'DATABASE_URL' : 'LIST_DATABASE_URL'
    throw new ConfigError([`${setting}: its login ${problem}. npm run -s cli -- migrate makes that role`])
  }
  const limits = stack.use(await openRateLimits(config.list, { redisUrl: config.redisUrl, complain }))
  const ofDaemon = checks.database
  const database: Check = async () =>
    (await db.query('select 1')).rowCount === 1 && (ofDaemon === undefined || (await ofDaemon()))
  const readiness = makeReadiness({ ...checks, database })
  const probes = { readiness, findStandstill, renderMetrics }
  const server = await buildListServer({ db, config: config.list, limits, probes, log, complain })
  const { url, ...listening } = await listen(server, config, readiness)
  stack.use(listening)
  const opened = stack.move()
  return { url, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}
