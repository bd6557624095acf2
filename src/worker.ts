import type { App } from './app.ts'
import { releaseClaims } from './database/release-claims.ts'
import type { Log } from './log.ts'
import { configuredApps } from './platforms/registry.ts'
import type { Queues } from './queue/queues.ts'
import type { Attempt } from './refresh/attempt.ts'
import { type RefreshContext, type RefreshRequest, refresh } from './refresh/refresh.ts'
import { openSlowStart, type SlowStart } from './refresh/slow-start.ts'
import { reach } from './steps.ts'

export interface WorkerContext extends RefreshContext {
  /** Undefined: nobody traces. */
  readonly traceAttempt?: ((attempt: Attempt) => void) | undefined
}

/** Disposing waits for the attempts that run. */
export interface Workers extends AsyncDisposable {
  /** How long ago the last job of an app was taken, or ended; since the start when there was none. */
  quietMs(app: App): number
}

/** Starts taking jobs from the queue of every app that is configured. */
export function startWorkers(context: WorkerContext, queues: Queues): Workers {
  const { config, pace } = context
  const lastSignMs = new Map<App, number>()
  const startedMs = performance.now()
  const apps = configuredApps(config).map((app) => {
    const concurrency = concurrencyOf(config, app)
    const gate = openSlowStart(concurrency, () => pace.restart(app))
    const worker = queues.work(app, { concurrency }, (job, { requestedAt, urgent }) => {
      const sign = () => lastSignMs.set(app, performance.now())
      sign()
      const run = () => attempt(context, { app, gate }, { ...job, requestedAt, isOfMany: !urgent }).finally(sign)
      return urgent ? run() : takeTurn(context, gate, job.accountId, run)
    })
    return { gate, worker }
  })
  return {
    quietMs: (app) => performance.now() - (lastSignMs.get(app) ?? startedMs),
    async [Symbol.asyncDispose]() {
      for (const { gate } of apps) gate.close()
      await Promise.all(apps.map(({ worker }) => worker.close()))
    },
  }
}

/** A limited app has no more under way than leave within seconds: who waits for a turn holds a lease that runs out. */
const SECONDS_OF_TURNS = 5

function concurrencyOf({ apps, workerConcurrency }: WorkerContext['config'], app: App): number {
  const { requestsPerSecond } = apps[app]
  return requestsPerSecond === null
    ? workerConcurrency
    : Math.min(workerConcurrency, requestsPerSecond * SECONDS_OF_TURNS)
}

/** What the scan handed over waits for room. What somebody has asked for is single and goes ahead. */
async function takeTurn(
  { db }: RefreshContext,
  gate: SlowStart,
  accountId: string,
  run: () => Promise<void>,
): Promise<void> {
  const leave = await gate.enter()
  // The process is stopping: another one takes the account at once.
  if (leave === null) return releaseClaims(db, [accountId])
  try {
    await run()
  } finally {
    leave()
  }
}

async function attempt(
  context: WorkerContext,
  { app, gate }: { app: App; gate: SlowStart },
  request: RefreshRequest,
): Promise<void> {
  const { log, metrics } = context
  try {
    const attempt = await refresh(context, request)
    if (attempt === null) return metrics.foundNoLease(app)
    metrics.attempted(attempt)
    context.traceAttempt?.(attempt)
    if (attempt.appChange !== null) metrics.appChanged(app, attempt.appChange)
    if (attempt.pausesApp) gate.narrow()
    else if (attempt.outcome === 'renewed' || attempt.outcome === 'healthy') gate.widen()
    else if (attempt.outcome === 'transient' || attempt.outcome === 'in_doubt') gate.falter()
    report(log, attempt)
    reach('before_acknowledge')
  } catch (err) {
    // Bullmq would keep the error to itself. The account comes back by its own: the claim or the lease runs out.
    const { accountId, trigger } = request
    metrics.brokeOff(app)
    log.error({ err, accountId, trigger }, 'an attempt broke off')
  }
}

/**
 * One line per attempt, always with the same members (docs/monitoring). What a platform can do is expected; an error is
 * what somebody has to look at.
 */
function report(log: Log, attempt: Attempt): void {
  const isAlarming = attempt.outcome === 'unknown' || attempt.lostRotation
  // An app that is refused as a whole has its own line.
  const isOdd = attempt.outcome === 'in_doubt' || (attempt.outcome === 'app_misconfigured' && !attempt.pausesApp)
  const level = isAlarming ? 'error' : isOdd ? 'warn' : 'info'
  const { accountId, attemptId, platform, trigger, outcome, code, httpStatus, lostRotation } = attempt
  const { durationMs, answerMs, commitMs, leftMs } = attempt
  const whom = { accountId, attemptId, platform, trigger }
  const what = { outcome, code, httpStatus, lostRotation }
  log[level]({ ...whom, ...what, durationMs, answerMs, commitMs, leftMs }, `refresh: ${outcome}`)
}
