import type { Processor, Telemetry } from 'bullmq'
import type { Trigger } from '../account.ts'

/**
 * What travels through a queue: whom and why, nothing else. A daemon of before the scan handed over several accounts together
 * takes the first and leaves the others, which come back by themselves.
 */
export interface RefreshJobData {
  readonly accountId: string
  readonly trigger: Trigger
  /** Those that follow, in their order. */
  readonly others?: readonly string[]
}

export const JOB_STATES = ['waiting', 'active', 'delayed', 'prioritized', 'completed', 'failed'] as const
export type JobState = (typeof JOB_STATES)[number]

/** One try to deliver one event to one endpoint: which, and how many tries there were before. */
export interface DeliveryJob {
  readonly deliveryId: string
  readonly attempts: number
}

export type JobData = RefreshJobData | DeliveryJob

/** The part of a BullMQ queue that we use, the same on both backends. */
export interface JobQueue {
  addBulk(jobs: { name: string; data: JobData; opts: Partial<JobOptions> }[]): Promise<unknown>
  getJobCounts(...states: JobState[]): Promise<Record<string, number>>
  getJobScheduler(id: string): Promise<{ every?: number } | undefined>
  upsertJobScheduler(id: string, repeat: { every: number }, template: { name: string; opts: object }): Promise<unknown>
  on(event: 'error', listener: (error: Error) => void): unknown
  close(): Promise<void>
}

export interface JobOptions {
  /** When it was asked for, by the database's clock. */
  readonly timestamp: number
  /** Ahead of everything that waits. */
  readonly lifo: boolean
}

/** The part of a BullMQ worker that we use. */
export interface JobWorker {
  on(event: 'error', listener: (error: Error) => void): unknown
  /** Stops taking jobs and waits for those that run. */
  close(): Promise<void>
}

export interface JobWorkerOptions {
  readonly concurrency: number
}

/** Where queues live. Errors of its connections are reported through `complain`. */
export interface QueueBackend extends AsyncDisposable {
  readonly kind: 'redis' | 'postgresql'
  openQueue(name: string): JobQueue
  openWorker(name: string, process: Processor<JobData, void>, options: JobWorkerOptions): JobWorker
  /** Drops the connections of workers that wait for a server which does not answer. */
  giveUp(): void
}

/** BullMQ's options for spans of its own. */
export const traced = (telemetry: Telemetry | undefined) => (telemetry === undefined ? {} : { telemetry })

/** A job leaves nothing behind: what happened is in the database. Retention by count is slow on PostgreSQL. */
export const KEEP_NOTHING = { removeOnComplete: true, removeOnFail: true } as const
