import type { App } from '../../src/app.ts'
import type { Config } from '../../src/config.ts'
import { roomOf } from '../../src/room.ts'
import { SECOND_MS } from '../../src/units.ts'
import { type Accounts, endOf } from './accounts.ts'
import { openAttempts } from './attempts.ts'
import { cycleOf } from './cycle.ts'
import { openDeadlineLine } from './deadline-line.ts'
import { type Lateness, openLateness } from './late.ts'
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

/** After so many failures in a row an account stands behind those that do not fail: the order of `claimDue`. */
const FAILING_SINCE = 3

export function openApp(parts: AppParts): SimulatedApp {
  const { app, accounts, config, daemons, perDaemon, latencyMs, outages, turns, random } = parts
  const { scanIntervalMs } = config
  const { atOnce, perJob, jobs, depth } = roomOf(config, app)
  const slots = daemons * atOnce
  const stepMs = Math.max(latencyMs / slots, SECOND_MS / (daemons * perDaemon))
  const cycles = connect(accounts, random)
  const wheel = openWheel(accounts.dueAtMs, { intervalMs: scanIntervalMs, reachMs: cycles.longestMs })
  for (let account = 0; account < accounts.count; account++) wheel.add(account)
  const tally = openTally()
  const lateness = openLateness(accounts.count, outages.length)
  const attempts = openAttempts({ app, accounts, slots, outages, latencyMs, turns, tally, lateness, random })
  const [well, failing] = [openDeadlineLine(), openDeadlineLine()]
  /** Handed over, in order; the first of them at `taken`. */
  let queue: number[] = []
  let taken = 0

  const line = (account: number) => {
    const isFailing = (accounts.failures[account] ?? 0) >= FAILING_SINCE
    const deadlineMs = endOf(accounts, account) ?? accounts.dueAtMs[account] ?? 0
    ;(isFailing ? failing : well).push(account, deadlineMs)
  }
  return {
    ...{ app, accounts, wheel, tally, lateness },
    longestCycleMs: cycles.longestMs,
    usualPerSecond: cycles.perSecond,
    get lost() {
      return attempts.lost
    },
    get isIdle() {
      return attempts.failing === 0 && well.size === 0 && failing.size === 0 && taken === queue.length
    },
    scan(nowMs) {
      wheel.takeDue(nowMs, line)
      const waitingJobs = Math.max(0, Math.ceil((queue.length - taken) / perJob) - daemons * jobs)
      for (let room = (depth - waitingJobs) * perJob; room > 0; room--) {
        const account = well.shift() ?? failing.shift()
        if (account === undefined) break
        queue.push(account)
      }
    },
    wanted: () => Math.min(queue.length - taken, Math.ceil(scanIntervalMs / stepMs)),
    work(nowMs, most, cause) {
      for (let begun = 0; begun < most && taken < queue.length; begun++) {
        const atMs = turns.after(nowMs + begun * stepMs)
        if (atMs >= nowMs + scanIntervalMs) break
        const account = queue[taken++] ?? 0
        attempts.attempt(account, atMs, cause)
        if (accounts.isLost[account] === 0) wheel.add(account)
      }
      if (taken === queue.length) [queue, taken] = [[], 0]
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
