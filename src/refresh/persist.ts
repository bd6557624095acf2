import { setTimeout as wait } from 'node:timers/promises'
import { DatabaseError } from 'pg'
import { isDatabaseAway } from '../database/away.ts'
import type { Database } from '../database/connect.ts'
import { type Outcome, saveOutcome } from '../database/save-outcome.ts'
import type { Lease } from '../database/take-lease.ts'
import type { Log } from '../log.ts'
import type { AttemptMetrics } from '../metrics/attempt-metrics.ts'

export interface PersistParts {
  readonly db: Database
  readonly log: Log
  readonly metrics: AttemptMetrics
}

const FIRST_WAIT_MS = 50
const LONGEST_WAIT_MS = 5000

/**
 * Saves an outcome, and does not give up while the process lives: after a refresh the token in the database may be dead
 * already, and the only good one is in our hands.
 *
 * @returns false when the outcome was superseded
 */
export async function persist({ db, log, metrics }: PersistParts, lease: Lease, outcome: Outcome): Promise<boolean> {
  let toSave = outcome
  let isKept = false
  for (let failures = 0; ; failures++) {
    try {
      const isSaved = await saveOutcome(db, lease, toSave)
      if (isKept) metrics.endedUnsaved()
      return isSaved
    } catch (err) {
      if (isFingerprintTaken(err) && toSave.credential?.fingerprint) {
        // Another account holds this very token. Whatever that means, losing it would not make it better.
        log.error({ accountId: lease.accountId }, 'a platform gave the same refresh token to two accounts')
        toSave = { ...toSave, credential: { ...toSave.credential, fingerprint: null } }
        continue
      }
      if (!isDatabaseAway(err)) {
        if (isKept) metrics.endedUnsaved()
        throw err
      }
      if (!isKept) metrics.keptUnsaved()
      isKept = true
      const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** failures)
      log.warn({ err, accountId: lease.accountId, outcome: outcome.settlement.outcome, waitMs }, 'not saved yet')
      await wait(waitMs)
    }
  }
}

const isFingerprintTaken = (error: unknown) => error instanceof DatabaseError && error.code === '23505'
