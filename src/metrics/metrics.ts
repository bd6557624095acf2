import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { Role } from '../role.ts'
import { type AttemptMetrics, openAttemptMetrics } from './attempt-metrics.ts'
import { type FleetFacts, openFleetGauges } from './fleet-gauges.ts'
import { openQueueGauges, type QueueFacts } from './queue-gauges.ts'
import { openScanMetrics, type ScanMetrics } from './scan-metrics.ts'
import { type Look, openSource } from './source.ts'

/** What one process tells of itself and of the fleet, for Prometheus. `docs/monitoring/` explains each name. */
export interface Metrics {
  readonly attempts: AttemptMetrics
  readonly scans: ScanMetrics
  /** Shows how the fleet stands with every scrape; read anew after 15 s at the earliest. */
  watchFleet(read: () => Promise<FleetFacts>): void
  watchQueues(read: () => Promise<readonly QueueFacts[]>): void
  /** Everything, in the text format of Prometheus. A source that does not answer is left out, and said so. */
  render(): Promise<string>
}

/** Opens the metrics of a process: a registry of its own, so that two daemons in one process do not mix. */
export function openMetrics(roles: readonly Role[]): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const role = new Gauge({
    name: 'token_refresh_role',
    help: '1 for each role that this process has',
    labelNames: ['role'],
    registers,
  })
  for (const name of roles) role.set({ role: name }, 1)
  const readable = new Gauge({
    name: 'token_refresh_source_up',
    help: '1 when what the gauges of this source show could be read, else 0',
    labelNames: ['source'],
    registers,
  })
  const sources = new Map<string, Look>()
  return {
    attempts: openAttemptMetrics(registry),
    scans: openScanMetrics(registry),
    watchFleet: (read) => void sources.set('fleet', openSource(read, openFleetGauges(registry))),
    watchQueues: (read) => void sources.set('queues', openSource(read, openQueueGauges(registry))),
    async render() {
      const look = async ([source, isReadable]: [string, Look]) =>
        readable.set({ source }, (await isReadable()) ? 1 : 0)
      await Promise.all([...sources].map(look))
      return registry.metrics()
    },
  }
}
