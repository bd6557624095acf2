import { roomOf } from '../../src/room.ts'
import { type Accounts, endOf } from './accounts.ts'
import { openDeadlineLine } from './deadline-line.ts'
import type { AppParts } from './simulated-app.ts'
import type { Wheel } from './wheel.ts'

/** From the moment at which accounts are due until a worker begins with them. */
export interface HandOver {
  /** How many wait in the queue. */
  readonly queued: number
  /** Nobody is due, and nobody waits in the queue. */
  readonly isEmpty: boolean
  /** Hands over what is due, as the scan does, and no more than the queue has room for. */
  scan(nowMs: number): void
  /** @returns undefined when the queue is empty */
  take(): number | undefined
}

/** After so many failures in a row an account stands behind those that do not fail: the order of `claimDue`. */
const FAILING_SINCE = 3

export function openHandOver({ app, accounts, config, daemons }: AppParts, wheel: Wheel): HandOver {
  const { perJob, jobs, depth } = roomOf(config, app)
  const [well, failing] = [openDeadlineLine(), openDeadlineLine()]
  /** In the order in which they were handed over; the first of them at `taken`. */
  let queue: number[] = []
  let taken = 0

  const line = (account: number) => {
    const isFailing = (accounts.failures[account] ?? 0) >= FAILING_SINCE
    ;(isFailing ? failing : well).push(account, deadlineOf(accounts, account))
  }
  return {
    get queued() {
      return queue.length - taken
    },
    get isEmpty() {
      return well.size === 0 && failing.size === 0 && taken === queue.length
    },
    scan(nowMs) {
      wheel.takeDue(nowMs, line)
      if (taken > 0) [queue, taken] = [queue.slice(taken), 0]
      // Workers hold some jobs whose accounts they have not let in; only the others wait in the queue.
      const waiting = Math.max(0, Math.ceil((queue.length - taken) / perJob) - daemons * jobs)
      for (let room = (depth - waiting) * perJob; room > 0; room--) {
        const account = well.shift() ?? failing.shift()
        if (account === undefined) break
        queue.push(account)
      }
    },
    take: () => queue[taken++],
  }
}

const deadlineOf = (accounts: Accounts, account: number) => endOf(accounts, account) ?? accounts.dueAtMs[account] ?? 0
