import { spacingOf } from '../../src/refresh/pace.ts'
import { openRamp } from '../../src/refresh/ramp.ts'
import type { HeldTime } from '../model/held-time.ts'

/** The line before a platform, as all daemons together keep it. */
export interface Turns {
  /** When a request that is ready at a moment may leave. */
  after(atMs: number): number
  /**
   * Uses turns up, one behind the other.
   *
   * @param leave is called with the moment of each
   * @returns the moment of the last
   */
  take(atMs: number, requests: number, leave: (atMs: number) => void): number
  /** The platform answers again. */
  restart(atMs: number): void
}

/** @param requestsPerSecond null: no limit, whoever is ready leaves */
export function openTurns(requestsPerSecond: number | null, time: HeldTime): Turns {
  if (requestsPerSecond === null) return openWithoutLimit()
  const ramp = openRamp()
  let nextMs = 0
  return {
    after: (atMs) => Math.max(atMs, nextMs),
    take(atMs, requests, leave) {
      let turnMs = atMs
      for (let taken = 0; taken < requests; taken++) {
        turnMs = Math.max(atMs, nextMs)
        leave(turnMs)
        time.nowMs = turnMs
        nextMs = turnMs + spacingOf(requestsPerSecond, ramp.share())
      }
      return turnMs
    },
    restart(atMs) {
      time.nowMs = atMs
      ramp.restart()
    },
  }
}

const openWithoutLimit = (): Turns => ({
  after: (atMs) => atMs,
  take(atMs, requests, leave) {
    for (let taken = 0; taken < requests; taken++) leave(atMs)
    return atMs
  },
  restart: () => undefined,
})
