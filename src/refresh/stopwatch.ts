import { performance } from 'node:perf_hooks'

/**
 * Starts to measure how long something takes, and may be believed too long rather than too short.
 *
 * Linux stands `performance.now()` still while a machine sleeps or is moved, and the wall clock can be set while it runs:
 * the longer of the two counts.
 *
 * @returns the time since the start, in milliseconds
 */
export function startStopwatch(): () => number {
  const startedMs = performance.now()
  const startedAtMs = Date.now()
  return () => Math.max(performance.now() - startedMs, Date.now() - startedAtMs)
}
