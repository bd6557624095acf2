import { readLifetimeMs } from '../oauth/token-response.ts'
import { DAY_MS, HOUR_MS } from '../units.ts'
import type { Precheck, Subject } from './strategy.ts'

/** Two ends that are this close are the same one. */
const SAME_END_MS = HOUR_MS

/** An answer that shortens a refresh token's life by more is odd rather than news. */
const MOST_LOSS_MS = 30 * DAY_MS

/**
 * LinkedIn caps an access token by its refresh token. A capped one ends where any other would end: a refresh gains
 * nothing, and one that is due by its age would be repeated at every look.
 *
 * On its last day it is tried once all the same. That harms nothing, as the refresh token does not rotate, and it saves
 * an account whose stored end was wrong.
 */
export function precheckCap({ issuedAt, tokenExpiresAt, refreshTokenExpiresAt, now }: Subject): Precheck {
  if (tokenExpiresAt === null || refreshTokenExpiresAt === null) return { kind: 'ready' }
  const isCapped = refreshTokenExpiresAt.getTime() <= tokenExpiresAt.getTime() + SAME_END_MS
  if (!isCapped) return { kind: 'ready' }
  const lastDayAt = new Date(tokenExpiresAt.getTime() - DAY_MS)
  if (now < lastDayAt) return { kind: 'not_yet_refreshable', at: lastDayAt, code: 'capped' }
  const wasTried = issuedAt !== null && issuedAt >= lastDayAt
  return wasTried ? { kind: 'cannot_renew', code: 'capped' } : { kind: 'ready' }
}

/**
 * Reads how long the refresh token still lives.
 *
 * LinkedIn documents seconds, and shows minutes in its own sample: 525600 for 365 days. Since no refresh token is
 * outlived by its access token, a number that is far smaller than `expires_in` counts minutes. (One that is about the
 * same belongs to a capped token.)
 *
 * @returns null when the answer does not say, or says what cannot be: the end that we know stays
 */
export function readRefreshTokenLifetimeMs(
  body: Readonly<Record<string, unknown>>,
  { refreshTokenExpiresAt, now }: Pick<Subject, 'refreshTokenExpiresAt' | 'now'>,
): number | null {
  const lifetimeMs = readLifetimeMs(body.refresh_token_expires_in)
  if (lifetimeMs === null) return null
  const isInMinutes = lifetimeMs < (readLifetimeMs(body.expires_in) ?? 0) / 2
  const saneMs = isInMinutes ? lifetimeMs * 60 : lifetimeMs
  const lossMs = refreshTokenExpiresAt === null ? 0 : refreshTokenExpiresAt.getTime() - now.getTime() - saneMs
  return lossMs > MOST_LOSS_MS ? null : saneMs
}
