import { hash } from 'node:crypto'
import type { Strategy } from '../platforms/strategy.ts'
import { HOUR_MS, MINUTE_MS } from '../units.ts'

export const LEAST_WAIT_MS = MINUTE_MS
const LONGEST_BACKOFF_MS = HOUR_MS
/** The platform's clock decides about a minimum age, so we come a little later. */
const MINIMUM_AGE_MARGIN_MS = HOUR_MS

type DuePolicy = Pick<Strategy, 'dueShare' | 'assumedLifetimeMs' | 'minimumAgeMs' | 'checkEveryMs'>

/** The dates of a credential that decide when it is due. */
export interface Lifetime {
  readonly issuedAt: Date | null
  readonly tokenExpiresAt: Date | null
}

/**
 * When an account is due whose token can be renewed: at a share of its token's life that is stable for the account, so
 * that accounts which were connected together spread out and stay spread.
 *
 * A token of unknown end is due as early as the platform allows, since it may end at any moment; one that does not end is
 * looked at from time to time.
 */
export function dueAt(policy: DuePolicy, accountId: string, lifetime: Lifetime, now: Date): Date {
  const { tokenExpiresAt } = lifetime
  if (policy.checkEveryMs !== null) return checkAt(policy.checkEveryMs, accountId, tokenExpiresAt, now)
  const issuedAt = assumeIssuedAt(policy, lifetime)
  if (tokenExpiresAt === null || issuedAt === null) {
    const oldEnough = policy.minimumAgeMs === 0 ? 0 : policy.minimumAgeMs + MINIMUM_AGE_MARGIN_MS
    return new Date(Math.max(now.getTime(), (issuedAt ?? now).getTime() + oldEnough))
  }
  const lifeMs = Math.max(0, tokenExpiresAt.getTime() - issuedAt.getTime())
  const [from, to] = policy.dueShare
  return new Date(issuedAt.getTime() + lifeMs * (from + (to - from) * stableFraction(accountId)))
}

/**
 * When an account is due that has just been connected: a token that is only looked at, and of which nobody has said when
 * it ends, is looked at now. Those that have no end look the same from outside as those of which nobody knew it.
 */
export function firstDueAt(policy: DuePolicy, accountId: string, lifetime: Lifetime, now: Date): Date {
  const isUnseen = policy.checkEveryMs !== null && lifetime.tokenExpiresAt === null
  return isUnseen ? now : dueAt(policy, accountId, lifetime, now)
}

/** How much earlier than at the full interval a check comes at most: the spread of accounts connected together. */
const CHECK_SPREAD = 0.15

/** The next check: within the interval, and in time to react when the token turns out to have an end. */
function checkAt(checkEveryMs: number, accountId: string, tokenExpiresAt: Date | null, now: Date): Date {
  const waitMs = checkEveryMs * (1 - CHECK_SPREAD * stableFraction(accountId))
  const leftMs = tokenExpiresAt === null ? null : tokenExpiresAt.getTime() - now.getTime()
  return new Date(now.getTime() + (leftMs === null || leftMs <= 0 ? waitMs : Math.min(waitMs, leftMs / 2)))
}

/** The moment of issue, or what it must have been at the platform's usual lifetime. */
export function assumeIssuedAt(policy: Pick<Strategy, 'assumedLifetimeMs'>, lifetime: Lifetime): Date | null {
  const { issuedAt, tokenExpiresAt } = lifetime
  if (issuedAt !== null || tokenExpiresAt === null || policy.assumedLifetimeMs === null) return issuedAt
  return new Date(tokenExpiresAt.getTime() - policy.assumedLifetimeMs)
}

/**
 * How long a failed account waits: full jitter below a ceiling that doubles with every failure, from a minute to an
 * hour, and never longer than half of the time that its token has left.
 *
 * @param failures failed attempts in a row, this one included
 * @param random from 0 to 1
 * @see {@link https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/}
 */
export function backoffMs(failures: number, leftMs: number | null, random: number): number {
  const ceilingMs = Math.min(LONGEST_BACKOFF_MS, LEAST_WAIT_MS * 2 ** Math.min(failures, 10))
  const waitMs = LEAST_WAIT_MS + random * (ceilingMs - LEAST_WAIT_MS)
  return leftMs === null || leftMs <= 0 ? waitMs : Math.max(LEAST_WAIT_MS, Math.min(waitMs, leftMs / 2))
}

/** A number from 0 to 1 that belongs to the account for ever. */
function stableFraction(accountId: string): number {
  return Number.parseInt(hash('sha256', accountId, 'hex').slice(0, 8), 16) / 2 ** 32
}
