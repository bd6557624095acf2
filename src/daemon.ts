import { complainer } from './complaint.ts'
import type { Config } from './config.ts'
import { type Database, openDatabase } from './database/connect.ts'
import { readFleetStatus } from './database/fleet-status.ts'
import { openLedger } from './database/ledger.ts'
import { openEscrow } from './escrow/escrow.ts'
import { startReplay } from './escrow/replay.ts'
import { watchHeadStart } from './head-start.ts'
import type { Listening } from './list/listen.ts'
import { type Check, type CheckName, makeReadiness } from './list/readiness.ts'
import { type WatchedPart, watchLiveness } from './liveness.ts'
import type { Log } from './log.ts'
import { type Metrics, openMetrics } from './metrics/metrics.ts'
import { openAgents } from './oauth/agents.ts'
import { configuredApps } from './platforms/registry.ts'
import { answers, isScanRecent, progressOfEventLoop, progressOfScheduler, progressOfWorker } from './progress.ts'
import { openQueues } from './queue/queues.ts'
import { openPace } from './refresh/pace.ts'
import type { Role } from './role.ts'
import { startSchedule } from './schedule.ts'
import { warnAboutMissingKeys } from './sealing/warn-about-missing-keys.ts'
import type { Tracing } from './tracing/start-tracing.ts'
import type { TracingConfig } from './tracing-config.ts'
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
  /** Where it answers, whatever its roles are: `/healthz`, `/readyz`, `/metrics`. */
  readonly url: string
  /** Where the list module answers; null when this daemon does not run it. */
  readonly listUrl: string | null
}

/** What is known of this process: who has to work for it to be ready, and who has to get on for it to be well. */
interface Insight {
  readonly checks: Partial<Record<CheckName, Check>>
  readonly parts: Record<string, WatchedPart>
  readonly metrics: Metrics
  readonly tracing: Tracing | null
}

const DATABASE_CONNECTIONS = 15
/** A server that has fallen silent is found out after this; a lock on a row is waited for in the meantime. */
const QUERY_TIMEOUT_MS = 30 * SECOND_MS

/** Starts the roles; the schema has to be current. What is opened first is closed last. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { config, roles, log } = options
  const stack = new AsyncDisposableStack()
  try {
    const tracing = config.tracing === null ? null : stack.use(await loadTracing(config.tracing, log))
    const loop = progressOfEventLoop()
    stack.defer(loop.stop)
    const headStart = watchHeadStart(openMetrics(roles))
    const insight: Insight = { checks: {}, parts: { ...loop.parts }, metrics: headStart.metrics, tracing }
    if (roles.includes('scheduler') || roles.includes('worker')) await startRefreshing(options, insight, stack)
    const liveness = watchLiveness(insight.parts, { log })
    stack.defer(() => liveness[Symbol.asyncDispose]())
    // What answers takes as long to load as all the rest, and an account that is overdue is not to wait for it.
    if (roles.includes('scheduler') && roles.includes('worker')) await headStart.isOver()
    const { url, ...http } = await startHttp(options, insight, liveness.findTrouble)
    const listUrl = roles.includes('list') ? url : null
    log.info({ roles, queue: config.redisUrl === null ? 'postgresql' : 'redis', url, listUrl }, 'the daemon runs')
    return { url, listUrl, [Symbol.asyncDispose]: () => disposeTogether([http, liveness, stack]) }
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

async function startRefreshing(options: DaemonOptions, insight: Insight, stack: AsyncDisposableStack): Promise<void> {
  const { config, databaseUrl, vault, roles, log, worker } = options
  const { checks, parts, metrics, tracing } = insight
  const db = stack.use(openOwnDatabase(databaseUrl, log))
  const apps = configuredApps(config)
  const queues = stack.use(
    openQueues({
      redisUrl: config.redisUrl,
      databaseUrl,
      // One per app, the scan's and the one of webhooks.
      workers: apps.length + 2,
      log,
      telemetry: tracing?.telemetry,
    }),
  )
  const { workerConcurrency: connections, allowPrivateNetwork } = config
  const agents = stack.use(openAgents({ connections, allowPrivateNetwork }))
  if (roles.includes('worker') && vault !== null) {
    await warnAboutMissingKeys(db, vault, log)
    const escrow = stack.use(openEscrow({ ...config, vault, log }))
    const ledger = openLedger(db)
    stack.use(await startReplay({ ledger, escrow, log, metrics: metrics.attempts }))
    const context = {
      db,
      ledger,
      vault,
      escrow,
      config,
      agents,
      pace: openPace(db, config, complainer(log, 'the limit of a platform cannot be kept, so nothing is sent')),
      log,
      worker,
      metrics: metrics.attempts,
      traceAttempt: tracing?.traceAttempt,
    }
    const workers = stack.use(startWorkers(context, queues))
    stack.use(startWebhooks({ db, vault, agents, log }, queues))
    Object.assign(parts, progressOfWorker({ db, queues, config, workers, metrics: metrics.attempts }))
  }
  if (roles.includes('scheduler')) {
    stack.use(startSchedule({ db, queues, config, log, worker, metrics: metrics.scans }))
    Object.assign(parts, progressOfScheduler(db, config))
    checks.scan = () => isScanRecent(db, config)
  }
  if (config.admin !== null) {
    const { startAdmin } = await import('./admin/start-admin.ts')
    const { url } = stack.use(await startAdmin({ config, queues }, config.admin))
    log.info({ url }, 'operators see the queues')
  }
  checks.database = () => answers(db)
  checks.queue = async () => (await queues.countJobs([])).length > 0
  metrics.watchFleet(() => readFleetStatus(db))
  metrics.watchQueues(() => queues.countJobs(apps))
}

/** Loaded when it is wanted: it is large, and a daemon without traces starts without it. */
async function loadTracing(config: TracingConfig, log: Log): Promise<Tracing> {
  const { startTracing } = await import('./tracing/start-tracing.ts')
  return startTracing(config, log)
}

const openOwnDatabase = (url: string, log: Log): Database =>
  openDatabase(url, { connections: DATABASE_CONNECTIONS, name: 'daemon', log, queryTimeoutMs: QUERY_TIMEOUT_MS })

/** Loaded when work has begun, so that the first refresh of an overdue account does not wait for it. */
async function startHttp(
  { config, databaseUrl, roles, log }: DaemonOptions,
  { checks, metrics }: Insight,
  findStandstill: () => Readonly<Record<string, string>> | null,
): Promise<Listening> {
  const renderMetrics = () => metrics.render()
  if (roles.includes('list')) {
    const { startList } = await import('./list/start-list.ts')
    return startList({ config, databaseUrl, checks, findStandstill, renderMetrics, log })
  }
  const { startProbes } = await import('./list/start-probes.ts')
  return startProbes({ config, probes: { readiness: makeReadiness(checks), findStandstill, renderMetrics }, log })
}

/** Side by side: no job is taken while the list drains, and each is closed to the end whatever happens to the other. */
async function disposeTogether(parts: readonly AsyncDisposable[]): Promise<void> {
  const ends = await Promise.allSettled(parts.map((part) => part[Symbol.asyncDispose]()))
  for (const end of ends) if (end.status === 'rejected') throw end.reason
}
