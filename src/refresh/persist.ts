import { setTimeout as wait } from 'node:timers/promises'
import { isDatabaseAway } from '../database/away.ts'
import type { Ledger } from '../database/ledger.ts'
import type { Outcome } from '../database/save-outcome.ts'
import type { Lease } from '../database/take-lease.ts'
import type { Escrow } from '../escrow/escrow.ts'
import { saveAnyway } from '../escrow/save-anyway.ts'
import type { Log } from '../log.ts'
import type { AttemptMetrics } from '../metrics/attempt-metrics.ts'
import { reach } from '../steps.ts'

export interface PersistParts {
  readonly ledger: Ledger
  readonly escrow: Escrow
  readonly log: Log
  readonly metrics: AttemptMetrics
}

const FIRST_WAIT_MS = 50
const LONGEST_WAIT_MS = 5000
/** A commit takes milliseconds; a database that has fallen silent fails one only after its timeout. */
const COMMIT_PATIENCE_MS = 250
/** A statement that is refused, not lost, is refused again: some tries for a migration that runs, then the escrow's turn. */
const MOST_REFUSALS = 5

/**
 * Saves an outcome, and does not give up while the process lives: after a refresh the token in the database may be dead
 * already, and the only good one is in our hands. A new token is written ahead first, where it outlives the process; one
 * that is not committed at once goes into the escrow as well, where it outlives the machine.
 *
 * @returns false when the outcome was superseded
 * @throws when the database refuses the statement; a new token is in the escrow then
 */
export async function persist(parts: PersistParts, lease: Lease, outcome: Outcome): Promise<boolean> {
  const { log, metrics, escrow } = parts
  const safety = outcome.credential === null ? null : openSafety(escrow, lease, outcome)
  safety?.writeAhead()
  reach('before_commit')
  let isKept = false
  try {
    for (let failures = 0; ; failures++) {
      try {
        const isSaved = await (safety?.whileSaving(() => saveAnyway(parts, lease, outcome)) ??
          saveAnyway(parts, lease, outcome))
        await safety?.release()
        return isSaved
      } catch (err) {
        const isSafe = await safety?.secure()
        const isRefused = !isDatabaseAway(err)
        if (isRefused && (isSafe === undefined || (isSafe && failures >= MOST_REFUSALS))) throw err
        if (!isKept) metrics.keptUnsaved()
        isKept = true
        const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** failures)
        log.warn(
          { err, accountId: lease.accountId, outcome: outcome.settlement.outcome, isSafe, waitMs },
          'not saved yet',
        )
        await wait(waitMs)
      }
    }
  } finally {
    safety?.forgetAhead()
    if (isKept) metrics.endedUnsaved()
  }
}

/** The place in the escrow of one outcome. */
interface Safety {
  /** Puts it where it outlives a kill of this process, before the database is asked. */
  writeAhead(): void
  forgetAhead(): void
  /** Puts the outcome into the escrow when saving takes its time. */
  whileSaving(save: () => Promise<boolean>): Promise<boolean>
  /** Puts it there now, once more if it is there: the escrow can be lost as well. */
  secure(): Promise<boolean>
  /** It is saved: takes it out again. */
  release(): Promise<void>
}

function openSafety(escrow: Escrow, lease: Lease, outcome: Outcome): Safety {
  let putting: Promise<boolean> | null = null
  const secure = () => {
    putting = escrow.put({ lease, outcome })
    return putting
  }
  return {
    writeAhead: () => escrow.writeAhead({ lease, outcome }),
    forgetAhead: () => escrow.forgetAhead(lease),
    async whileSaving(save) {
      const timer = setTimeout(secure, COMMIT_PATIENCE_MS)
      try {
        return await save()
      } finally {
        clearTimeout(timer)
      }
    },
    secure,
    async release() {
      if (putting === null) return
      await putting
      await escrow.remove(lease)
    },
  }
}
