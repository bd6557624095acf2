import type { Processor, Telemetry } from 'bullmq'
import { TRIGGERS, type Trigger } from '../account.ts'
import type { App } from '../app.ts'
import { complainer } from '../complaint.ts'
import type { Log } from '../log.ts'
import {
  type DeliveryJob,
  JOB_STATES,
  type JobData,
  type JobQueue,
  type JobWorker,
  type JobWorkerOptions,
  type QueueBackend,
  type RefreshJobData,
} from './backend.ts'
import { openPostgresBackend } from './postgres-backend.ts'
import { openRedisBackend } from './redis-backend.ts'
import { countRunning, makePatience, stopWorker } from './stop-worker.ts'

/** Takes jobs from one queue until it is closed; the jobs that run are finished first. */
export interface QueueWorker {
  close(): Promise<void>
}

/** Whom to refresh, in this order, and why. */
export interface RefreshJob {
  readonly accountIds: readonly string[]
  readonly trigger: Trigger
}

export interface WorkOptions {
  readonly concurrency: number
}

export interface Queued {
  readonly requestedAt: Date
  /** Ahead of everything that waits: somebody asked for this one account, which has the job for itself. */
  readonly urgent: boolean
}

export interface JobCounts {
  /** The queue's name without its braces. */
  readonly queue: string
  readonly counts: Readonly<Record<string, number>>
}

/** The queues of all apps, of the scan and of webhooks, on either backend. Transport only: losing them loses no work. */
export interface Queues extends AsyncDisposable {
  readonly backend: QueueBackend['kind']
  /** Counts jobs, not accounts. */
  countWaiting(app: App): Promise<number>
  /** BullMQ's own queues of these apps, and of the scan, to look at. */
  open(apps: readonly App[]): JobQueue[]
  /** Counts the jobs of the queues of these apps, and of the scan, by their state. */
  countJobs(apps: readonly App[]): Promise<JobCounts[]>
  /** @param requestedAt by the database's clock; the job carries it as its timestamp */
  add(app: App, jobs: readonly RefreshJob[], options: Queued): Promise<void>
  work(app: App, options: WorkOptions, process: (job: RefreshJob, queued: Queued) => Promise<void>): QueueWorker
  /** Creates the entry that makes the scan run, where it is missing or has another interval. */
  ensureScanEntry(everyMs: number): Promise<void>
  workOnScans(scan: () => Promise<void>): QueueWorker
  addDeliveries(jobs: readonly DeliveryJob[]): Promise<void>
  workOnDeliveries(concurrency: number, deliver: (job: DeliveryJob) => Promise<void>): QueueWorker
}

export interface QueueConnection {
  /** Null: the queues live in the database. */
  readonly redisUrl: string | null
  readonly databaseUrl: string
  /** How many queues this process is going to work on. */
  readonly workers: number
  readonly log: Log
  /** Undefined: nobody traces. */
  readonly telemetry?: Telemetry | undefined
}

/** In braces: the hash tag keeps the keys of one queue on one node of a Redis Cluster. */
const SCAN_QUEUE = '{scan}'
const WEBHOOK_QUEUE = '{webhooks}'
const refreshQueue = (app: App) => `{refresh-${app.toLowerCase().replaceAll('_', '-')}}`

const namesOf = (apps: readonly App[]) => [...apps.map(refreshQueue), SCAN_QUEUE, WEBHOOK_QUEUE]

const SCAN_ENTRY = 'scan'

export function openQueues({ redisUrl, databaseUrl, workers, log, telemetry }: QueueConnection): Queues {
  const complain = complainer(log, 'the queue has trouble; nothing is lost, accounts wait in the database')
  const backend =
    redisUrl === null
      ? openPostgresBackend(databaseUrl, { workers, complain, telemetry })
      : openRedisBackend(redisUrl, { log, complain, telemetry })
  const started: JobWorker[] = []
  const patience = makePatience(() => {
    // One that does not know of its end first would wait for the next try to connect.
    for (const worker of started) void worker.close().catch(complain)
    backend.giveUp()
  })
  const opened = new Map<string, JobQueue>()
  const queue = (name: string): JobQueue => {
    const found = opened.get(name) ?? backend.openQueue(name)
    if (!opened.has(name)) found.on('error', complain)
    opened.set(name, found)
    return found
  }
  const start = (name: string, process: Processor<JobData, void>, options: JobWorkerOptions): QueueWorker => {
    const running = countRunning()
    const worker = backend.openWorker(name, (...job) => running.track(Promise.resolve(process(...job))), options)
    worker.on('error', complain)
    started.push(worker)
    return { close: () => stopWorker(worker, running, patience) }
  }

  return {
    backend: backend.kind,
    async countWaiting(app) {
      const counts = await queue(refreshQueue(app)).getJobCounts('waiting')
      return counts.waiting ?? 0
    },
    open: (apps) => namesOf(apps).map(queue),
    countJobs: (apps) =>
      Promise.all(
        namesOf(apps).map(async (name) => ({
          queue: name.slice(1, -1),
          counts: await queue(name).getJobCounts(...JOB_STATES),
        })),
      ),
    async add(app, jobs, { requestedAt, urgent }) {
      const opts = { timestamp: requestedAt.getTime(), lifo: urgent }
      await queue(refreshQueue(app)).addBulk(jobs.flatMap(writeJob).map((data) => ({ name: 'refresh', data, opts })))
    },
    work(app, { concurrency }, process) {
      const take = ({ data, timestamp, opts }: { data: unknown; timestamp: number; opts: { lifo?: boolean } }) =>
        process(readJob(data), { requestedAt: new Date(timestamp), urgent: opts.lifo === true })
      return start(refreshQueue(app), take, { concurrency })
    },
    async ensureScanEntry(everyMs) {
      const entry = await queue(SCAN_QUEUE).getJobScheduler(SCAN_ENTRY)
      if (entry?.every === everyMs) return
      await queue(SCAN_QUEUE).upsertJobScheduler(SCAN_ENTRY, { every: everyMs }, { name: 'scan', opts: {} })
    },
    workOnScans: (scan) => start(SCAN_QUEUE, scan, { concurrency: 1 }),
    async addDeliveries(jobs) {
      await queue(WEBHOOK_QUEUE).addBulk(jobs.map((data) => ({ name: 'deliver', data, opts: {} })))
    },
    workOnDeliveries(concurrency, deliver) {
      const take = ({ data }: { data: unknown }) => deliver(readDelivery(data))
      return start(WEBHOOK_QUEUE, take, { concurrency })
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...opened.values()].map((found) => found.close()))
      await backend[Symbol.asyncDispose]()
    },
  }
}

/** @returns none for a job of nobody */
function writeJob({ accountIds, trigger }: RefreshJob): RefreshJobData[] {
  const [accountId, ...others] = accountIds
  if (accountId === undefined) return []
  return [others.length === 0 ? { accountId, trigger } : { accountId, trigger, others }]
}

function readJob(data: unknown): RefreshJob {
  const { accountId, trigger, others = [] } = Object(data) as Record<string, unknown>
  const known = TRIGGERS.find((name) => name === trigger)
  if (typeof accountId !== 'string' || !isTexts(others) || known === undefined)
    throw new Error('a job in the queue is not one of ours')
  return { accountIds: [accountId, ...others], trigger: known }
}

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((text) => typeof text === 'string')

function readDelivery(data: unknown): DeliveryJob {
  const { deliveryId, attempts } = Object(data) as Record<string, unknown>
  if (typeof deliveryId !== 'string' || typeof attempts !== 'number')
    throw new Error('a job in the queue is not one of ours')
  return { deliveryId, attempts }
}
