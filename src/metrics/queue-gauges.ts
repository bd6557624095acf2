import { Gauge, type Registry } from 'prom-client'
import type { Gauges } from './fleet-gauges.ts'

export interface QueueFacts {
  readonly queue: string
  /** Jobs by BullMQ's word for their state. */
  readonly counts: Readonly<Record<string, number>>
}

/** How much waits in each queue, and BullMQ's own gauge with its name, for dashboards that know it. */
export function openQueueGauges(registry: Registry): Gauges<readonly QueueFacts[]> {
  const depth = new Gauge({
    name: 'token_refresh_queue_depth',
    help: 'Jobs that wait in a queue',
    labelNames: ['queue'],
    registers: [registry],
  })
  const jobs = new Gauge({
    name: 'bullmq_job_count',
    help: 'Number of jobs in the queue by state',
    labelNames: ['queue', 'state'],
    registers: [registry],
  })
  const forget = () => {
    depth.reset()
    jobs.reset()
  }
  return {
    forget,
    show(queues) {
      forget()
      for (const { queue, counts } of queues) {
        depth.set({ queue }, counts.waiting ?? 0)
        for (const [state, count] of Object.entries(counts)) jobs.set({ queue, state }, count)
      }
    },
  }
}
