import { Counter, Histogram, type Registry } from 'prom-client'
import { SECOND_MS } from '../units.ts'

export interface ScanMetrics {
  /** @param claimed accounts that were handed to their queues */
  scanned(scan: { claimed: number; durationMs: number }): void
  failed(): void
}

const DURATION_BUCKETS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]
const SIZE_BUCKETS = [0, 1, 10, 50, 100, 500, 1000, 5000]

export function openScanMetrics(registry: Registry): ScanMetrics {
  const registers = [registry]
  const duration = new Histogram({
    name: 'token_refresh_scan_duration_seconds',
    help: 'How long a look for due accounts took',
    buckets: DURATION_BUCKETS_S,
    registers,
  })
  const size = new Histogram({
    name: 'token_refresh_scan_accounts',
    help: 'Accounts that a scan handed to the queues',
    buckets: SIZE_BUCKETS,
    registers,
  })
  const failures = new Counter({
    name: 'token_refresh_scan_failures_total',
    help: 'Scans that broke off with an error of ours',
    registers,
  })
  return {
    scanned({ claimed, durationMs }) {
      duration.observe(durationMs / SECOND_MS)
      size.observe(claimed)
    },
    failed: () => failures.inc(),
  }
}
