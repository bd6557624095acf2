import type { Backend, Fault } from './fault.ts'
import { FAULTS } from './faults/all.ts'
import { type Run, runFaults } from './run.ts'
import { startWorld } from './world.ts'

/** Quick ones, of each kind. `npm run chaos` has them all. */
const EVERYWHERE = [
  'processes: kill -9 of one',
  'processes: SIGTERM under load',
  'postgres: all sessions ended',
  'platform: one answer lost after the token was spent',
  'processes: kill -9 the moment that an answer arrives',
]
const IN_THE_QUEUE: Readonly<Record<Backend, readonly string[]>> = {
  redis: ['redis: FLUSHALL', 'redis: restart empty'],
  postgresql: ['postgres: listening sessions ended'],
}

/** Far more than it takes on a machine that has nothing else to do. */
const RECOVERY_BOUND_MS = 60_000

export interface ShortRun extends Run {
  /** How many tokens the platform was shown. */
  readonly presentations: number
}

/** What the short run breaks, in this order. */
export const shortFaultsOf = (backend: Backend): readonly Fault[] =>
  [...EVERYWHERE, ...IN_THE_QUEUE[backend]].map((name) => {
    const fault = FAULTS.find((one) => one.name === name && one.backends.includes(backend))
    if (fault === undefined) throw new Error(`there is no fault "${name}" on ${backend}`)
    return fault
  })

/** Breaks a few things quickly, with accounts that live for seconds. */
export async function runShort(backend: Backend, folder: string, say: (line: string) => void): Promise<ShortRun> {
  await using world = await startWorld({
    ...{ backend, seed: 'short', folder, graceMs: 3_600_000, latencyMs: () => 50 },
    // A few renewals per second; with so little left of its life, an account in doubt is tried again at once.
    ...{ fleet: { X: 24, BLUESKY: 12, YOUTUBE: 12 }, lifetimesS: { X: 12, BLUESKY: 12, YOUTUBE: 12 } },
  })
  const faults = [...shortFaultsOf(backend)]
  const nextFault = (violations: number) => (violations > 0 ? null : (faults.shift() ?? null))
  const run = await runFaults(world, { nextFault, boundMs: () => RECOVERY_BOUND_MS, isHastened: true, say })
  return { ...run, presentations: world.oracle.presentations.length }
}
