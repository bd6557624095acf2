import type { Log } from './log.ts'
import { configuredApps } from './platforms/registry.ts'
import type { RefreshJob } from './queue/backend.ts'
import type { Queues } from './queue/queues.ts'
import { type Attempt, type RefreshContext, refresh } from './refresh/refresh.ts'

/** Starts taking jobs from the queue of every app that is configured; disposing waits for the attempts that run. */
export function startWorkers(context: RefreshContext, queues: Queues): AsyncDisposable {
  const { config, log } = context
  const process = async ({ accountId, trigger }: RefreshJob, requestedAt: Date) => {
    try {
      const attempt = await refresh(context, { accountId, trigger, requestedAt })
      if (attempt !== null) report(log, attempt)
    } catch (err) {
      // Bullmq would keep the error to itself. The account comes back by its own: the claim or the lease runs out.
      log.error({ err, accountId, trigger }, 'an attempt broke off')
    }
  }
  const workers = configuredApps(config).map((app) => {
    const { requestsPerSecond } = config.apps[app]
    return queues.work(app, { concurrency: config.workerConcurrency, requestsPerSecond }, process)
  })
  return {
    async [Symbol.asyncDispose]() {
      await Promise.all(workers.map((worker) => worker.close()))
    },
  }
}

/** One line per attempt. What a platform can do is expected; an error is what somebody has to look at. */
function report(log: Log, attempt: Attempt): void {
  const isAlarming = attempt.outcome === 'unknown' || attempt.lostRotation
  const level = isAlarming ? 'error' : attempt.outcome === 'in_doubt' ? 'warn' : 'info'
  log[level](attempt, `refresh: ${attempt.outcome}`)
}
