import { complainer } from '../complaint.ts'
import type { Ledger } from '../database/ledger.ts'
import { every } from '../every.ts'
import type { Log } from '../log.ts'
import type { AttemptMetrics } from '../metrics/attempt-metrics.ts'
import { SECOND_MS } from '../units.ts'
import type { Escrow } from './escrow.ts'
import type { KeptOutcome } from './kept-outcome.ts'
import { saveAnyway } from './save-anyway.ts'

export interface ReplayParts {
  readonly ledger: Ledger
  readonly escrow: Escrow
  readonly log: Log
  readonly metrics: AttemptMetrics
}

const REPLAY_EVERY_MS = 15 * SECOND_MS

/** Replays the escrow, and again and again: another daemon may have died, or the database may be back. */
export async function startReplay(parts: ReplayParts): Promise<AsyncDisposable> {
  const complain = complainer(parts.log, 'the escrow has trouble; it is looked at again')
  if (!(await parts.escrow.isUsable())) {
    parts.log.warn('a new token that Postgres does not take can be kept nowhere: let DATA_DIR be a folder to write to')
  }
  // Before any account is tried whose new token may be in there.
  await replayEscrow(parts).catch(complain)
  return every(REPLAY_EVERY_MS, () => replayEscrow(parts), complain)
}

/**
 * Saves what the escrow holds, whichever daemon has put it there. Safe to run from every daemon at once, and beside the
 * one that still holds it in memory: the version lets one of them through.
 */
export async function replayEscrow(parts: ReplayParts): Promise<void> {
  const { escrow, log, metrics } = parts
  const { kept, unreadable } = await escrow.list()
  metrics.countedEscrow(kept.length + unreadable)
  if (unreadable > 0) log.error({ unreadable }, 'the escrow holds what no key of TOKEN_ENCRYPTION_KEYS has signed')
  for (const outcome of kept) {
    const { accountId } = outcome.lease
    await replay(parts, outcome).catch((err) => {
      // One that the database refuses must not keep the others from it.
      log.error({ err, accountId }, 'a new token waits in the escrow and could not be saved')
    })
  }
}

/** @returns whether it was saved; else somebody was faster, or the account was connected again */
export async function replay({ ledger, escrow, log, metrics }: ReplayParts, kept: KeptOutcome): Promise<boolean> {
  const { lease, outcome } = kept
  const isSaved = await saveAnyway({ ledger, log }, lease, outcome)
  await escrow.remove(lease)
  if (isSaved) {
    metrics.savedFromEscrow()
    log.warn({ accountId: lease.accountId, outcome: outcome.settlement.outcome }, 'saved from the escrow')
  }
  return isSaved
}
