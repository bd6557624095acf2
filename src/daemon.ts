import type { Config } from './config.ts'
import { openDatabase } from './database/connect.ts'
import type { Log } from './log.ts'
import { openAgents } from './oauth/agents.ts'
import { configuredApps } from './platforms/registry.ts'
import { openQueues } from './queue/queues.ts'
import type { Role } from './role.ts'
import { startSchedule } from './schedule.ts'
import { warnAboutMissingKeys } from './sealing/warn-about-missing-keys.ts'
import { SECOND_MS } from './units.ts'
import type { Vault } from './vault.ts'
import { startWorkers } from './worker.ts'

export interface DaemonOptions {
  readonly config: Config
  readonly databaseUrl: string
  /** Null: without the worker's role, no credential is opened. */
  readonly vault: Vault | null
  readonly roles: readonly Role[]
  readonly log: Log
  /** Names this process in the history of attempts. */
  readonly worker: string
}

/** A running daemon. Disposing stops taking work, lets every attempt that runs finish, then closes the rest. */
export interface Daemon extends AsyncDisposable {
  /** Where the list module answers; null when this daemon does not run it. */
  readonly listUrl: string | null
}

const DATABASE_CONNECTIONS = 15
const LIST_CONNECTIONS = 5
/** A server that has fallen silent is found out after this; a lock on a row is waited for in the meantime. */
const QUERY_TIMEOUT_MS = 30 * SECOND_MS

/** Starts the roles; the schema has to be current. What is opened first is closed last. */
export async function startDaemon({ config, databaseUrl, vault, roles, log, worker }: DaemonOptions): Promise<Daemon> {
  const stack = new AsyncDisposableStack()
  try {
    const refreshes = roles.includes('scheduler') || roles.includes('worker')
    if (refreshes) {
      const db = stack.use(
        openDatabase(databaseUrl, {
          connections: DATABASE_CONNECTIONS,
          name: 'daemon',
          log,
          queryTimeoutMs: QUERY_TIMEOUT_MS,
        }),
      )
      const workers = configuredApps(config).length + 1
      const queues = stack.use(openQueues({ redisUrl: config.redisUrl, databaseUrl, workers, log }))
      const { workerConcurrency: connections, allowPrivateNetwork } = config
      const agents = stack.use(openAgents({ connections, allowPrivateNetwork }))
      if (roles.includes('worker') && vault !== null) {
        await warnAboutMissingKeys(db, vault, log)
        stack.use(startWorkers({ db, vault, config, agents, log, worker }, queues))
      }
      if (roles.includes('scheduler')) stack.use(startSchedule({ db, queues, config, log, worker }))
    }
    const listUrl = roles.includes('list') ? await startList(stack, config, databaseUrl, log) : null
    log.info({ roles, queue: config.redisUrl === null ? 'postgresql' : 'redis', listUrl }, 'the daemon runs')
    return { listUrl, [Symbol.asyncDispose]: () => stack.disposeAsync() }
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

async function startList(stack: AsyncDisposableStack, config: Config, databaseUrl: string, log: Log): Promise<string> {
  // Loaded here, so that the first refresh of an overdue account does not wait for it.
  const { buildListServer } = await import('./list/server.ts')
  const url = config.listDatabaseUrl ?? databaseUrl
  const db = stack.use(
    openDatabase(url, { connections: LIST_CONNECTIONS, name: 'list', log, queryTimeoutMs: QUERY_TIMEOUT_MS }),
  )
  const server = buildListServer({ db, log })
  stack.defer(() => server.close())
  return server.listen({ host: config.host, port: config.port })
}
