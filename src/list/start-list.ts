import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { complainer } from '../complaint.ts'
import { type Config, ConfigError } from '../config.ts'
import { findRightsProblem, openListDatabase } from '../database/list-database.ts'
import type { Log } from '../log.ts'
import { openRateLimits } from './rate-limits.ts'
import { type Check, type CheckName, makeReadiness } from './readiness.ts'
import { buildListServer } from './server.ts'

export interface ListOptions {
  readonly config: Config
  /** The daemon's own, used where the list module has no login of its own. */
  readonly databaseUrl: string
  /** What else has to work for this process to be ready. */
  readonly checks: Readonly<Partial<Record<CheckName, Check>>>
  readonly log: Log
}

/** A list module that answers. Disposing says so at `/readyz` first, then finishes what was asked, then closes. */
export interface List extends AsyncDisposable {
  readonly url: string
}

const CONNECTIONS = 10
const SWEEP_EVERY_MS = 100

/**
 * Starts the list module on a pool of its own, whose role cannot read a credential.
 *
 * @throws {ConfigError} when its login may do too little or too much
 */
export async function startList({ config, databaseUrl, checks, log }: ListOptions): Promise<List> {
  const complain = complainer(log, 'the list module has trouble; requests are answered')
  await using stack = new AsyncDisposableStack()
  const url = config.listDatabaseUrl ?? databaseUrl
  const db = stack.use(openListDatabase(url, { connections: CONNECTIONS, log }))
  const problem = await findRightsProblem(db)
  if (problem !== null) {
    const setting = config.listDatabaseUrl === null ? 'DATABASE_URL' : 'LIST_DATABASE_URL'
    throw new ConfigError([`${setting}: its login ${problem}. npm run -s cli -- migrate makes that role`])
  }
  const limits = stack.use(await openRateLimits(config.list, { redisUrl: config.redisUrl, complain }))
  const database: Check = async () => (await db.query('select 1')).rowCount === 1
  const readiness = makeReadiness({ database, ...checks })
  const server = await buildListServer({ db, config: config.list, limits, readiness, log, complain })
  stack.defer(() => close(server))
  const listUrl = await server.listen({ host: config.host, port: config.port })
  stack.defer(async () => {
    readiness.turnRed()
    // Else a balancer would still send requests to a port that is closed.
    await wait(config.list.drainMs)
  })
  const opened = stack.move()
  return { url: listUrl, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

/** Finishes what was asked. A connection that is kept alive after its last answer would hold the end up for a minute. */
async function close(server: FastifyInstance): Promise<void> {
  const sweeper = setInterval(() => server.server.closeIdleConnections(), SWEEP_EVERY_MS)
  await server.close()
  clearInterval(sweeper)
}
