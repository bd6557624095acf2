import { APPS } from './app.ts'
import type { Config } from './config.ts'
import { type Database, openDatabase } from './database/connect.ts'
import { readScanAgeMs } from './database/scan-state.ts'
import type { Check, CheckName } from './list/readiness.ts'
import type { List, ListOptions } from './list/start-list.ts'
import type { Log } from './log.ts'
import { openAgents } from './oauth/agents.ts'
import { configuredApps } from './platforms/registry.ts'
import { openQueues } from './queue/queues.ts'
import type { Role } from './role.ts'
import { startSchedule } from './schedule.ts'
import { warnAboutMissingKeys } from './sealing/warn-about-missing-keys.ts'
import { SECOND_MS } from './units.ts'
import type { Vault } from './vault.ts'
import { startWebhooks } from './webhooks/start-webhooks.ts'
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
/** A server that has fallen silent is found out after this; a lock on a row is waited for in the meantime. */
const QUERY_TIMEOUT_MS = 30 * SECOND_MS
/** A scan that is older, or so many intervals old, is one that does not happen. */
const OLD_SCAN_MS = 30 * SECOND_MS
const MISSED_SCANS = 10

/** Starts the roles; the schema has to be current. What is opened first is closed last. */
export async function startDaemon({ config, databaseUrl, vault, roles, log, worker }: DaemonOptions): Promise<Daemon> {
  const stack = new AsyncDisposableStack()
  const checks: Partial<Record<CheckName, Check>> = {}
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
      // One per app, the scan's and the one of webhooks.
      const workers = configuredApps(config).length + 2
      const queues = stack.use(openQueues({ redisUrl: config.redisUrl, databaseUrl, workers, log }))
      const { workerConcurrency: connections, allowPrivateNetwork } = config
      const agents = stack.use(openAgents({ connections, allowPrivateNetwork }))
      if (roles.includes('worker') && vault !== null) {
        await warnAboutMissingKeys(db, vault, log)
        stack.use(startWorkers({ db, vault, config, agents, log, worker }, queues))
        stack.use(startWebhooks({ db, vault, agents, log }, queues))
      }
      if (roles.includes('scheduler')) stack.use(startSchedule({ db, queues, config, log, worker }))
      checks.queue = async () => (await queues.countWaiting(APPS[0])) >= 0
      if (roles.includes('scheduler')) checks.scan = () => isScanRecent(db, config)
    }
    const list = roles.includes('list') ? await loadList({ config, databaseUrl, checks, log }) : null
    const listUrl = list?.url ?? null
    log.info({ roles, queue: config.redisUrl === null ? 'postgresql' : 'redis', listUrl }, 'the daemon runs')
    return { listUrl, [Symbol.asyncDispose]: () => disposeTogether(list === null ? [stack] : [list, stack]) }
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

/** Loaded when it is wanted, so that the first refresh of an overdue account does not wait for it. */
async function loadList(options: ListOptions): Promise<List> {
  const { startList } = await import('./list/start-list.ts')
  return startList(options)
}

async function isScanRecent(db: Database, { scanIntervalMs }: Config): Promise<boolean> {
  const ageMs = await readScanAgeMs(db)
  return ageMs !== null && ageMs < Math.max(OLD_SCAN_MS, MISSED_SCANS * scanIntervalMs)
}

/** Side by side: no job is taken while the list drains, and each is closed to the end whatever happens to the other. */
async function disposeTogether(parts: readonly AsyncDisposable[]): Promise<void> {
  const ends = await Promise.allSettled(parts.map((part) => part[Symbol.asyncDispose]()))
  for (const end of ends) if (end.status === 'rejected') throw end.reason
}
