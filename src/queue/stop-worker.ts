import { setTimeout as wait } from 'node:timers/promises'
import { SECOND_MS } from '../units.ts'
import type { JobWorker } from './backend.ts'

/** For the queue to learn that jobs are done; one that is away never does. */
const PATIENCE_MS = 5 * SECOND_MS

/** Counts what runs, and tells when nothing does any more. */
export interface Running {
  track<T>(task: Promise<T>): Promise<T>
  /** Resolves when nothing runs. */
  idle(): Promise<void>
}

export function countRunning(): Running {
  const tasks = new Set<Promise<unknown>>()
  return {
    track(task) {
      tasks.add(task)
      const forget = () => void tasks.delete(task)
      task.then(forget, forget)
      return task
    },
    async idle() {
      while (tasks.size > 0) await Promise.allSettled(tasks)
    },
  }
}

/**
 * Stops taking jobs and waits for those that run. BullMQ also waits for the queue to note that they are done, and that is
 * for ever where the queue is away: then the connection is given up. What is delivered again does nothing twice.
 */
export async function stopWorker(worker: JobWorker, running: Running, giveUp: () => void): Promise<void> {
  const patience = new AbortController()
  const closed = worker.close().finally(() => patience.abort())
  await running.idle()
  await wait(PATIENCE_MS, undefined, { signal: patience.signal }).then(giveUp, () => undefined)
  await closed
}
