import type { App } from '../../app.ts'
import type { Queues } from '../../queue/queues.ts'

export interface QueueStatus {
  readonly backend: Queues['backend']
  /** Jobs that wait, per app that a daemon can refresh; null: the queue does not answer. */
  readonly waiting: Readonly<Partial<Record<App, number>>> | null
}

/** Reads how much waits in the queues. A queue that is away is part of the picture, not the end of it. */
export async function readQueueStatus(queues: Queues, apps: readonly App[]): Promise<QueueStatus> {
  const { backend } = queues
  try {
    const counts = await Promise.all(apps.map(async (app) => [app, await queues.countWaiting(app)] as const))
    return { backend, waiting: Object.fromEntries(counts) }
  } catch {
    return { backend, waiting: null }
  }
}
