import { releaseClaims } from './database/release-claims.ts'
import type { Log } from './log.ts'
import { configuredApps } from './platforms/registry.ts'
import type { Queues } from './queue/queues.ts'
import { type Attempt, type RefreshContext, type RefreshRequest, refresh } from './refresh/refresh.ts'
import { openSlowStart, type SlowStart } from './refresh/slow-start.ts'

/** Starts taking jobs from the queue of every app that is configured; disposing waits for the attempts that run. */
export function startWorkers(context: RefreshContext, queues: Queues): AsyncDisposable {
  const { config } = context
  const apps = configuredApps(config).map((app) => {
    const { requestsPerSecond } = config.apps[app]
    const { workerConcurrency: concurrency } = config
    const gate = openSlowStart(concurrency)
    const worker = queues.work(app, { concurrency, requestsPerSecond }, (job, { requestedAt, urgent }) => {
      const run = () => attempt(context, gate, { ...job, requestedAt, isOfMany: !urgent })
      return urgent ? run() : takeTurn(context, gate, job.accountId, run)
    })
    return { gate, worker }
  })
  return {
    async [Symbol.asyncDispose]() {
      for (const { gate } of apps) gate.close()
      await Promise.all(apps.map(({ worker }) => worker.close()))
    },
  }
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

async function attempt(context: RefreshContext, gate: SlowStart, request: RefreshRequest): Promise<void> {
  const { log } = context
  try {
    const attempt = await refresh(context, request)
    if (attempt === null) return
    if (attempt.pausesApp) gate.narrow()
    else if (attempt.outcome === 'renewed' || attempt.outcome === 'healthy') gate.widen()
    report(log, attempt)
  } catch (err) {
    // Bullmq would keep the error to itself. The account comes back by its own: the claim or the lease runs out.
    const { accountId, trigger } = request
    log.error({ err, accountId, trigger }, 'an attempt broke off')
  }
}

/** One line per attempt. What a platform can do is expected; an error is what somebody has to look at. */
function report(log: Log, { pausesApp, ...attempt }: Attempt): void {
  const isAlarming = attempt.outcome === 'unknown' || attempt.lostRotation
  // An app that is refused as a whole has its own line.
  const isOdd = attempt.outcome === 'in_doubt' || (attempt.outcome === 'app_misconfigured' && !pausesApp)
  const level = isAlarming ? 'error' : isOdd ? 'warn' : 'info'
  log[level](attempt, `refresh: ${attempt.outcome}`)
}
