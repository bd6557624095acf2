import { SECOND_MS } from '../units.ts'

/** How much of a limit is used: all of it, but for the time after an outage. */
export interface Ramp {
  /** Above 0, up to 1. */
  share(): number
  /**
   * The platform answers again: begins at the lowest share, unless that has begun already.
   *
   * @returns whether it had not
   */
  restart(): boolean
  /**
   * Another daemon may have seen that the platform answers again.
   *
   * @param restartedMs by the database's clock; null: nobody has
   * @param atMs the same by performance.now()
   * @returns whether that changes the share
   */
  hear(restartedMs: number | null, atMs: number): boolean
}

const LOWEST_SHARE = 0.1
/** From the lowest share to the whole. */
export const RAMP_MS = 10 * SECOND_MS

/** Grows evenly from a tenth to the whole within ten seconds after a restart: a platform that comes back is met by few. */
export function openRamp(): Ramp {
  let beganMs = Number.NEGATIVE_INFINITY
  let heardMs: number | null = null
  const share = () => Math.min(1, LOWEST_SHARE + (1 - LOWEST_SHARE) * ((performance.now() - beganMs) / RAMP_MS))
  return {
    share,
    restart() {
      if (share() < 1) return false
      beganMs = performance.now()
      return true
    },
    hear(restartedMs, atMs) {
      if (restartedMs === null || restartedMs === heardMs) return false
      heardMs = restartedMs
      if (share() < 1 || performance.now() - atMs > RAMP_MS) return false
      beganMs = atMs
      return true
    },
  }
}
