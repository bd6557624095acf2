import type { Database } from './connect.ts'
import { groupCommit } from './group-commit.ts'
import { type Finished, type LeaseKey, type Outcome, saveOutcome, saveOutcomes } from './save-outcome.ts'
import { type Lease, type LeaseRequest, takeLease, takeLeases } from './take-lease.ts'

/** Where an attempt is entered before its first byte leaves, and closed with what came of it. */
export interface Ledger {
  /** @returns null when there is nothing to do */
  takeLease(request: LeaseRequest): Promise<Lease | null>
  /** @returns false when the attempt was superseded */
  saveOutcome(lease: LeaseKey, outcome: Outcome): Promise<boolean>
}

const MOST_TOGETHER = 200
/** More than a commit takes, and less than anybody waits for. */
const PATIENCE_MS = 250

/** Opens the ledger of a process in which many attempts run: they share statements, see groupCommit. */
export function openLedger(db: Database): Ledger {
  const shared = { most: MOST_TOGETHER, patienceMs: PATIENCE_MS }
  const enter = groupCommit<LeaseRequest, { lease: Lease | null }>({
    ...shared,
    keyOf: ({ accountId }) => accountId,
    commitTogether: async (requests) => (await takeLeases(db, requests)).map((lease) => ({ lease })),
    commitAlone: async (request) => ({ lease: await takeLease(db, request) }),
  })
  const close = groupCommit<Finished, boolean>({
    ...shared,
    keyOf: ({ lease }) => lease.accountId,
    commitTogether: (finished) => saveOutcomes(db, finished),
    commitAlone: ({ lease, outcome }) => saveOutcome(db, lease, outcome),
  })
  return {
    takeLease: async (request) => (await enter(request)).lease,
    saveOutcome: (lease, outcome) => close({ lease, outcome }),
  }
}

/** The ledger of whoever comes alone. */
export const plainLedger = (db: Database): Ledger => ({
  takeLease: (request) => takeLease(db, request),
  saveOutcome: (lease, outcome) => saveOutcome(db, lease, outcome),
})
