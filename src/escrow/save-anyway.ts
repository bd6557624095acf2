import { DatabaseError } from 'pg'
import type { Ledger } from '../database/ledger.ts'
import type { LeaseKey, Outcome } from '../database/save-outcome.ts'
import type { Log } from '../log.ts'

/**
 * Saves an outcome, also when its new refresh token is one that another account holds. Whatever that means, losing it
 * would not make it better.
 *
 * @returns false when the outcome was superseded
 */
export async function saveAnyway(
  { ledger, log }: { readonly ledger: Ledger; readonly log: Log },
  lease: LeaseKey,
  outcome: Outcome,
): Promise<boolean> {
  const { credential } = outcome
  try {
    return await ledger.saveOutcome(lease, outcome)
  } catch (error) {
    if (!isFingerprintTaken(error) || !credential?.fingerprint) throw error
    log.error({ accountId: lease.accountId }, 'a platform gave the same refresh token to two accounts')
    return ledger.saveOutcome(lease, { ...outcome, credential: { ...credential, fingerprint: null } })
  }
}

const isFingerprintTaken = (error: unknown) => error instanceof DatabaseError && error.code === '23505'
