import type { Lease } from '../database/take-lease.ts'
import { type ReplayParts, replay } from '../escrow/replay.ts'
import type { Finding } from '../rules/outcome.ts'

/**
 * Looks whether the answer of an earlier attempt waits in the escrow, and saves it: the token at hand is spent then, and
 * presenting it again could end the grant.
 *
 * @returns what the attempt at hand ends with, without a request; null: there is nothing, it goes on
 */
export async function restore(parts: ReplayParts, { accountId, version }: Lease): Promise<Finding | null> {
  const kept = await parts.escrow.find({ accountId, version })
  if (kept === null) return null
  if (kept === 'unreachable') return { kind: 'no_answer', code: 'escrow_unreachable', mayBeSpent: true }
  await replay(parts, kept)
  // Superseded by what was just saved, and recorded as such.
  return { kind: 'no_answer', code: 'restored', mayBeSpent: true }
}
