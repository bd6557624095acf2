import type { Environment } from '../../src/config.ts'
import type { Mix } from './mix.ts'
import type { Outage } from './outages.ts'

export interface FleetOptions {
  readonly accounts: number
  readonly days: number
  readonly seed: number
  readonly mix: Mix
  readonly outages: readonly Outage[]
  /** Settings of the daemons that matter for the schedule: limits, concurrency, interval of the scan. */
  readonly settings: Environment
  readonly daemons: number
  /** What one daemon can do: refreshes per second. */
  readonly perDaemon: number
  /** From a request to the commit of its answer. */
  readonly latencyMs: number
  /** Plays quiet stretches as well. */
  readonly playsAll: boolean
}
