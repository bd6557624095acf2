import type { App } from '../../src/app.ts'
import type { Config } from '../../src/config.ts'
import { roomOf } from '../../src/room.ts'
import { SECOND_MS } from '../../src/units.ts'
import type { Accounts } from './accounts.ts'
import { openAttempts } from './attempts.ts'
import { cycleOf } from './cycle.ts'
import { openHandOver } from './hand-over.ts'
import { type Lateness, openLateness } from './lateness.ts'
import type { Outage } from './outages.ts'
import { openTally, type Tally } from './tally.ts'
import type { Turns } from './turns.ts'
import { openWheel, type Wheel } from './wheel.ts'

export interface AppParts {
  readonly app: App
  readonly accounts: Accounts
  readonly config: Config
  readonly daemons: number
  /** Refreshes per second of one daemon. */
  readonly perDaemon: number
  readonly latencyMs: number
  readonly outages: readonly Outage[]
  readonly turns: Turns
  readonly random: () => number
}

/** The accounts of one app, from the scan to the commit. */
export interface SimulatedApp {
  readonly app: App
  readonly accounts: Accounts
  readonly wheel: Wheel
  readonly tally: Tally
  readonly lateness: Lateness
  /** The longest time between two refreshes of an account. */
  readonly longestCycleMs: number
  /** Refreshes in a second when nothing is wrong. */
  readonly usualPerSecond: number
  readonly lost: number
  /** Nobody waits, and nobody's last attempt failed. */
  readonly isIdle: boolean
  /** Hands over what is due, as the scan does, and no more than the queue has room for. */
  scan(nowMs: number): void
  /** How many attempts could begin until the next scan, if there were no other app. */
  wanted(): number
  /** Begins attempts until the next scan. */
  work(nowMs: number, most: number, cause: number | null): void
}

export function openApp(parts: AppParts): SimulatedApp {
  const { app, accounts, config, daemons, perDaemon, latencyMs, outages } = parts
  const { scanIntervalMs } = config
  const slots = daemons * roomOf(config, app).atOnce
  const stepMs = Math.max(latencyMs / slots, SECOND_MS / (daemons * perDaemon))
  const cycles = connect(accounts, parts.random)
  const wheel = openWheel(accounts.dueAtMs, { intervalMs: scanIntervalMs, reachMs: cycles.longestMs })
  for (let account = 0; account < accounts.count; account++) wheel.add(account)
  const tally = openTally()
  const lateness = openLateness(accounts.count, outages.length)
  const attempts = openAttempts({ ...parts, slots, tally, lateness })
  const handOver = openHandOver(parts, wheel)

  return {
    ...{ app, accounts, wheel, tally, lateness, scan: handOver.scan },
    longestCycleMs: cycles.longestMs,
    usualPerSecond: cycles.perSecond,
    get lost() {
      return attempts.lost
    },
    get isIdle() {
      return attempts.failing === 0 && handOver.isEmpty
    },
    wanted: () => Math.min(handOver.queued, Math.ceil(scanIntervalMs / stepMs)),
    work(nowMs, most, cause) {
      for (let begun = 0; begun < most && handOver.queued > 0; begun++) {
        const atMs = parts.turns.after(nowMs + begun * stepMs)
        if (atMs >= nowMs + scanIntervalMs) break
        const account = handOver.take() ?? 0
        attempts.attempt(account, atMs, cause)
        if (accounts.isLost[account] === 0) wheel.add(account)
      }
    },
  }
}

/** Puts every account somewhere in its cycle, as in a fleet that has run for long. */
function connect(accounts: Accounts, random: () => number): { longestMs: number; perSecond: number } {
  let [longestMs, perSecond] = [0, 0]
  for (let account = 0; account < accounts.count; account++) {
    const cycleMs = cycleOf(accounts, account)
    const issuedAtMs = -random() * cycleMs
    accounts.issuedAtMs[account] = issuedAtMs
    accounts.dueAtMs[account] = issuedAtMs + cycleMs
    longestMs = Math.max(longestMs, cycleMs)
    perSecond += SECOND_MS / cycleMs
  }
  return { longestMs, perSecond }
}
