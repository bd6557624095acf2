import { SECOND_MS } from '../units.ts'

/** How much of a limit is used: all of it, but for the time after an outage. */
export interface Ramp {
  /** Above 0, up to 1. */
  share(): number
  /** Begins again at the lowest share. */
  restart(): void
}

const LOWEST_SHARE = 0.1
const RAMP_MS = 10 * SECOND_MS

/** Grows evenly from a tenth to the whole within ten seconds after a restart: a platform that comes back is met by few. */
export function openRamp(): Ramp {
  let restartedMs = Number.NEGATIVE_INFINITY
  return {
    share: () => Math.min(1, LOWEST_SHARE + (1 - LOWEST_SHARE) * ((performance.now() - restartedMs) / RAMP_MS)),
    restart() {
      restartedMs = performance.now()
    },
  }
}
