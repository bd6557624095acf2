import type { App } from './app.ts'
import { releaseClaims } from './database/release-claims.ts'
import type { Log } from './log.ts'
import { configuredApps } from './platforms/registry.ts'
import type { Queued, Queues, RefreshJob } from './queue/queues.ts'
import type { Attempt } from './refresh/attempt.ts'
import type { RefreshContext, RefreshRequest } from './refresh/context.ts'
import { type BegunAttempt, beginAttempt, finishAttempt } from './refresh/refresh.ts'
import { openSlowStart, type SlowStart } from './refresh/slow-start.ts'
import { roomOf } from './room.ts'
import { reach } from './steps.ts'
import { SECOND_MS } from './units.ts'

export interface WorkerContext extends RefreshContext {
  /** Undefined: nobody traces. */
  readonly traceAttempt?: ((attempt: Attempt) => void) | undefined
}

/** Disposing waits for the attempts that run. */
export interface Workers extends AsyncDisposable {
  /** How long ago the last job of an app was taken, or an attempt of it ended; since the start when there was none. */
  quietMs(app: App): number
}

/** What the attempts of one app have in common. */
interface Line {
  readonly app: App
  readonly gate: SlowStart
  /** Of a job whose accounts are not let in. */
  readonly patienceMs: number
  /** Called when a job is taken and when an attempt ends. */
  readonly sign: () => void
  readonly running: Set<Promise<void>>
}

/**
 * Who is not let in for so long goes back, where another process may have room: a queue is not to be held up by jobs that
 * wait, since what somebody asks for comes through it as well.
 */
const PATIENCE_MS = 20 * SECOND_MS
/** Attempts under way wait for turns behind each other: more of them would have their leases end before their turns come. */
const LONG_WAIT_MS = 10 * SECOND_MS

/**
 * Starts taking jobs from the queue of every app that is configured.
 *
 * A job is done when its accounts have their leases: whatever happens to this process then, the leases run out and the
 * scan finds the accounts again. So a slow answer holds up nothing but its own account.
 */
export function startWorkers(context: WorkerContext, queues: Queues, patienceMs = PATIENCE_MS): Workers {
  const { config, pace } = context
  const lastSignMs = new Map<App, number>()
  const startedMs = performance.now()
  const apps = configuredApps(config).map((app) => {
    const { atOnce, jobs } = roomOf(config, app)
    const gate = openSlowStart(atOnce, () => pace.restart(app))
    const line: Line = { app, gate, patienceMs, sign: () => lastSignMs.set(app, performance.now()), running: new Set() }
    const worker = queues.work(app, { concurrency: jobs }, (job, queued) => begin(context, line, job, queued))
    return { line, worker }
  })
  return {
    quietMs: (app) => performance.now() - (lastSignMs.get(app) ?? startedMs),
    async [Symbol.asyncDispose]() {
      for (const { line } of apps) line.gate.close()
      await Promise.all(apps.map(({ worker }) => worker.close()))
      await Promise.all(apps.flatMap(({ line }) => [...line.running]))
    },
  }
}

/** Lets the accounts of a job in, one after the other, and resolves when each has its lease or was sent away. */
async function begin(
  context: WorkerContext,
  line: Line,
  { accountIds, trigger }: RefreshJob,
  { requestedAt, urgent }: Queued,
): Promise<void> {
  line.sign()
  const sentAway: string[] = []
  const job = {}
  const patience = setTimeout(() => line.gate.sendAway(job), line.patienceMs)
  const beginOne = async (accountId: string) => {
    const leave = await (urgent ? line.gate.enterAhead() : line.gate.enter(job))
    if (leave === null) return void sentAway.push(accountId)
    const request = { accountId, trigger, requestedAt, isOfMany: !urgent }
    const begun = await beginAttempt(context, request).catch((error) => breakOff(context, line.app, request, error))
    if (begun === null) context.metrics.foundNoLease(line.app)
    if (begun === null || begun === 'broke off') return leave()
    run(line, finish(context, line, begun).finally(leave))
  }
  await Promise.all(accountIds.map(beginOne))
  clearTimeout(patience)
  // Another one takes the accounts at once.
  if (sentAway.length > 0) await releaseClaims(context.db, sentAway)
}

function run({ running, sign }: Line, attempt: Promise<void>): void {
  const ended = attempt.finally(() => {
    running.delete(ended)
    sign()
  })
  running.add(ended)
}

async function finish(context: WorkerContext, { app, gate }: Line, begun: BegunAttempt): Promise<void> {
  const { log, metrics } = context
  try {
    const attempt = await finishAttempt(context, begun)
    metrics.attempted(attempt)
    context.traceAttempt?.(attempt)
    if (attempt.appChange !== null) metrics.appChanged(app, attempt.appChange)
    steer(gate, attempt)
    report(log, attempt)
    reach('at_end')
  } catch (error) {
    breakOff(context, app, begun.request, error)
  }
}

/** Draws from an attempt how many may be under way. */
function steer(gate: SlowStart, { outcome, pausesApp, turnsMs }: Attempt): void {
  const hasWaitedLong = turnsMs > LONG_WAIT_MS
  if (pausesApp) gate.narrow()
  else if (outcome === 'renewed' || outcome === 'healthy') gate.widen(hasWaitedLong)
  else if (hasWaitedLong) gate.tighten()
  else if (outcome === 'transient' || outcome === 'in_doubt') gate.falter()
}

/** Nobody else would hear of it. The account comes back by its own: the claim or the lease runs out. */
function breakOff({ log, metrics }: WorkerContext, app: App, request: RefreshRequest, err: unknown): 'broke off' {
  const { accountId, trigger } = request
  metrics.brokeOff(app)
  log.error({ err, accountId, trigger }, 'an attempt broke off')
  return 'broke off'
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
