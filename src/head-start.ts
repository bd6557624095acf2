import { setTimeout as wait } from 'node:timers/promises'
import type { Metrics } from './metrics/metrics.ts'

/** How long the rest of a start waits for the first refreshes. */
const MOST_MS = 500

/** The same metrics, and whether the first work is done. */
export interface HeadStart {
  readonly metrics: Metrics
  /** Resolves when what the first scan handed over has been tried, at the latest after half a second. */
  isOver(): Promise<void>
}

/** Watches the first scan and its accounts, which are overdue where a fleet has stood still. */
export function watchHeadStart(metrics: Metrics): HeadStart {
  const { promise, resolve } = Promise.withResolvers<void>()
  let handedOver = Number.POSITIVE_INFINITY
  let ended = 0
  const look = () => {
    if (ended >= handedOver) resolve()
  }
  const scans: Metrics['scans'] = {
    scanned(scan) {
      handedOver = Math.min(handedOver, scan.claimed)
      look()
      metrics.scans.scanned(scan)
    },
    failed() {
      resolve()
      metrics.scans.failed()
    },
  }
  const oneEnded =
    <Args extends unknown[]>(tell: (...args: Args) => void) =>
    (...args: Args) => {
      ended++
      look()
      tell(...args)
    }
  const { attempted, foundNoLease, brokeOff } = metrics.attempts
  const attempts: Metrics['attempts'] = {
    ...metrics.attempts,
    attempted: oneEnded(attempted),
    foundNoLease: oneEnded(foundNoLease),
    brokeOff: oneEnded(brokeOff),
  }
  return {
    metrics: { ...metrics, scans, attempts },
    isOver: () => Promise.race([promise, wait(MOST_MS, undefined, { ref: false })]),
  }
}
