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

/** What all workers of a process know of the connections that they share. */
export interface Patience {
  hasEnded(): boolean
  /** Gives the connections up. */
  end(): void
}

/** @param giveUp ends all workers and drops their connections */
export function makePatience(giveUp: () => void): Patience {
  let hasEnded = false
  return {
    hasEnded: () => hasEnded,
    end() {
      hasEnded = true
      giveUp()
    },
  }
}

/**
 * Stops taking jobs and waits for those that run. BullMQ also waits for the queue to note that they are done, and that is
 * for ever where the queue is away: then the connection is given up, and the workers that are stopped after it do not wait
 * again. What is delivered again does nothing twice.
 */
export async function stopWorker(worker: JobWorker, running: Running, patience: Patience): Promise<void> {
  const waiting = new AbortController()
  const closed = worker.close().finally(() => waiting.abort())
  await running.idle()
  const waitMs = patience.hasEnded() ? 0 : PATIENCE_MS
  await wait(waitMs, undefined, { signal: waiting.signal }).then(patience.end, () => undefined)
  await closed
}
