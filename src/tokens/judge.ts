import type { TokenState } from '../database/token-state.ts'
import { ReconnectRequired, TemporarilyUnavailable } from './token-errors.ts'

/** A token that has used up less than this share of its life is as good as a new one. */
const AS_GOOD_AS_NEW = 0.1

/** Whether the stored token will do. One that does not expire does, and so does one that no refresh could improve. */
export function isGoodEnough({ tokenExpiresAt, issuedAt, now }: TokenState, minValidMs: number): boolean {
  if (tokenExpiresAt === null) return true
  const leftMs = tokenExpiresAt.getTime() - now.getTime()
  if (leftMs >= minValidMs) return leftMs > 0
  const lifeMs = issuedAt === null ? 0 : tokenExpiresAt.getTime() - issuedAt.getTime()
  return leftMs > lifeMs * (1 - AS_GOOD_AS_NEW)
}

/** Insists that an account is there and has not ended. */
export function requireActive(accountId: string, state: TokenState | null): TokenState {
  if (state === null) {
    throw new ReconnectRequired(accountId, { status: 'DISCONNECTED', message: 'The account is not connected.' })
  }
  if (state.status !== 'ACTIVE') throw reconnect(accountId, state)
  return state
}

/**
 * What an attempt that has ended means for somebody who waits for its token.
 *
 * @returns `go_on`: nothing yet; `stored`: the token that is stored is the one
 */
export function judgeAttempt(accountId: string, state: TokenState): 'go_on' | 'stored' {
  const { outcome, outcomeError, dueAt } = state
  switch (outcome) {
    case null:
    case 'superseded':
      return 'go_on'
    case 'renewed':
    case 'healthy':
      return 'stored'
    case 'token_expired':
    case 'revoked':
      throw reconnect(accountId, state)
    default:
      throw new TemporarilyUnavailable(accountId, {
        reason: outcome,
        message: outcomeError ?? 'The token cannot be renewed yet.',
        retryAt: dueAt,
      })
  }
}

function reconnect(accountId: string, { status, error }: TokenState): ReconnectRequired {
  return new ReconnectRequired(accountId, { status, message: error ?? 'Reconnect the account.' })
}
