import { APPS } from './app.ts'
import { complainer } from './complaint.ts'
import { countAccountsOf } from './database/count-accounts.ts'
import { pruneAttempts } from './database/prune-attempts.ts'
import { readScanAgeMs } from './database/scan-state.ts'
import { pruneEvents, recordReconnectsDue } from './database/webhook-events.ts'
import { every } from './every.ts'
import type { ScanMetrics } from './metrics/scan-metrics.ts'
import { oneRunAtATime } from './one-run.ts'
import { pause } from './pause.ts'
import { configuredApps } from './platforms/registry.ts'
import { type ScanContext, scan } from './scan.ts'
import { HOUR_MS, MINUTE_MS } from './units.ts'

export interface ScheduleParts extends Omit<ScanContext, 'complain'> {
  readonly metrics: ScanMetrics
}

type Context = ScanContext & ScheduleParts

/** A scan is too old after so many intervals, and not before so long. */
const MISSED_SCANS = 3
const LEAST_PATIENCE_MS = 5000

/** While there is something to hand over, queues are filled so often in an interval, less one: the next scan is the last. */
const FILLS = 10

const RESTORE_EVERY_MS = 60_000
const PRUNE_BATCH = 5000

const RECONNECTS_EVERY_MS = 5 * MINUTE_MS
const RECONNECTS_BATCH = 1000
/** Longer than the time between two thresholds of a reconnect that is due, else the first would be told again. */
const EVENT_RETENTION_DAYS = 30

/**
 * Keeps the scan running: an entry in the queue makes one daemon of the fleet scan at each interval, and a watchdog in
 * every daemon scans by itself and restores the entry when the last scan is too old.
 */
export function startSchedule(parts: ScheduleParts): AsyncDisposable {
  const { queues, config, log } = parts
  const complain = complainer(log, 'the scan has trouble; it is tried again')
  const context = { ...parts, complain }
  const stack = new AsyncDisposableStack()
  // Of two side by side the later accounts of the one could get into the queue before the earlier ones of the other.
  const stopping = new AbortController()
  const scanOnce = oneRunAtATime(() => fillQueues(context, stopping.signal))
  // A scan that fails is told here: the queue would keep it to itself.
  const worker = queues.workOnScans(() => scanOnce().catch(complain))
  stack.defer(() => worker.close())
  stack.use(every(config.scanIntervalMs, () => watch(context, scanOnce), complain))
  stack.use(every(RESTORE_EVERY_MS, () => queues.ensureScanEntry(config.scanIntervalMs), complain))
  stack.use(every(HOUR_MS, () => warnAboutLeftAlone(context), complain))
  stack.use(every(HOUR_MS, () => prune(context), complain))
  stack.use(every(HOUR_MS, () => forgetEvents(context), complain))
  stack.use(every(RECONNECTS_EVERY_MS, () => tellReconnects(context), complain))
  // The first thing at the end: all that follows waits for the scan that runs.
  stack.defer(() => stopping.abort())
  return stack
}

/** Scans, and again for as long as it finds accounts and the next scan is not at hand. */
async function fillQueues(context: Context, signal: AbortSignal): Promise<void> {
  const waitMs = context.config.scanIntervalMs / FILLS
  for (let fills = 1; fills < FILLS && !signal.aborted; fills++) {
    if ((await measure(context)) === 0) return
    await pause(waitMs, signal)
  }
}

async function measure(context: Context): Promise<number> {
  const startedMs = performance.now()
  try {
    const claimed = await scan(context)
    context.metrics.scanned({ claimed, durationMs: performance.now() - startedMs })
    return claimed
  } catch (error) {
    context.metrics.failed()
    throw error
  }
}

async function watch(context: Context, scanOnce: () => Promise<void>): Promise<void> {
  const { db, queues, config, log } = context
  const ageMs = await readScanAgeMs(db)
  const patienceMs = Math.max(MISSED_SCANS * config.scanIntervalMs, LEAST_PATIENCE_MS)
  if (ageMs !== null && ageMs < patienceMs) return
  if (ageMs !== null) log.warn({ ageMs: Math.round(ageMs) }, 'the last scan is too old: scanning without the queue')
  await scanOnce()
  await queues.ensureScanEntry(config.scanIntervalMs)
}

async function prune({ db, config, log }: ScanContext): Promise<void> {
  let removed = 0
  for (let batch = PRUNE_BATCH; batch === PRUNE_BATCH; removed += batch) {
    batch = await pruneAttempts(db, { olderThanDays: config.attemptRetentionDays, limit: PRUNE_BATCH })
  }
  if (removed > 0) log.info({ removed }, 'removed old attempts from the history')
}

async function forgetEvents({ db }: ScanContext): Promise<void> {
  const oldest = { olderThanDays: EVENT_RETENTION_DAYS, limit: PRUNE_BATCH }
  while ((await pruneEvents(db, oldest)) === PRUNE_BATCH);
}

async function tellReconnects({ db, log }: ScanContext): Promise<void> {
  let told = 0
  for (let batch = RECONNECTS_BATCH; batch === RECONNECTS_BATCH; told += batch) {
    batch = await recordReconnectsDue(db, RECONNECTS_BATCH)
  }
  if (told > 0) log.info({ accounts: told }, 'owners have to connect these accounts again soon')
}

async function warnAboutLeftAlone({ db, config, log }: ScanContext): Promise<void> {
  const usable = configuredApps(config)
  const leftAlone = APPS.filter((app) => !usable.includes(app))
  for (const { app, accounts } of await countAccountsOf(db, leftAlone)) {
    log.warn({ app, accounts }, `${app}_CLIENT_ID is not set: these accounts are left alone`)
  }
}
