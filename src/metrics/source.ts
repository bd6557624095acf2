import { setTimeout as wait } from 'node:timers/promises'
import { SECOND_MS } from '../units.ts'
import type { Gauges } from './fleet-gauges.ts'

/** However many scrapers there are, a source is read this often at most. */
const FRESH_MS = 15 * SECOND_MS
/** A source that is slow is read less often: it spends a twentieth of its time on us. */
const SHARE_OF_TIME = 20
/** A scrape waits for a source no longer than this; Prometheus itself gives up after 10 s. */
const PATIENCE_MS = 5 * SECOND_MS

/** Whether a source could be read lately. */
export type Look = () => Promise<boolean>

/** Reads a source when a scrape wants it, and keeps what it said. What is not known is not shown. */
export function openSource<Facts>(read: () => Promise<Facts>, gauges: Gauges<Facts>): Look {
  let freshUntilMs = Number.NEGATIVE_INFINITY
  let works = true
  let reading: Promise<boolean> | null = null

  const look = async (): Promise<boolean> => {
    const startedMs = performance.now()
    try {
      gauges.show(await read())
      works = true
    } catch {
      gauges.forget()
      works = false
    }
    const endedMs = performance.now()
    freshUntilMs = endedMs + (works ? Math.max(FRESH_MS, SHARE_OF_TIME * (endedMs - startedMs)) : SECOND_MS)
    reading = null
    return works
  }

  return async () => {
    if (reading === null && performance.now() < freshUntilMs) return works
    reading ??= look()
    const answer = await Promise.race([reading, wait(PATIENCE_MS, null, { ref: false })])
    if (answer === null) gauges.forget()
    return answer ?? false
  }
}
