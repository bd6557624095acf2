import type { FastifyRequest } from 'fastify'
import type { Complain } from '../complaint.ts'
import { findApiKey, noteKeyUse } from '../database/api-keys.ts'
import type { Database } from '../database/connect.ts'
import type { Reach } from '../database/visible-accounts.ts'
import { digestOf, isWellFormedKey } from './api-key.ts'
import { Problem } from './problem.ts'
import type { RateLimits } from './rate-limits.ts'

/** Who asks, by the key. */
export interface Caller {
  /** The visible part of the key. */
  readonly prefix: string
  readonly reach: Reach
}

/** Lets requests in. */
export interface Admission {
  /**
   * Finds out who sent a request and counts it. The key is looked up each time, so a revocation holds at once.
   *
   * @throws {Problem} UNAUTHORIZED without a key, with junk, or with a key that is unknown or revoked, all the same;
   *   RATE_LIMITED when the key, or the address of a stranger, asks too often
   */
  admit(request: Pick<FastifyRequest, 'headers' | 'ip'>): Promise<Caller>
  /** Counts a request that needs no key. */
  admitStranger(request: Pick<FastifyRequest, 'ip'>): Promise<void>
}

export interface AdmissionParts {
  readonly db: Database
  readonly limits: RateLimits
  readonly complain: Complain
}

/** Keys that were good lately, so that a flood from the address that they share with others does not lock them out. */
const MOST_ACQUAINTANCES = 10_000

export function openAdmission({ db, limits, complain }: AdmissionParts): Admission {
  const acquaintances = new Set<string>()

  const refuse = async (address: string): Promise<never> => {
    refuseIfWaiting(await limits.countStranger(address), 'this address')
    throw new Problem('UNAUTHORIZED', 'A valid API key is needed: Authorization: Bearer pb_live_…')
  }

  return {
    async admit({ headers, ip }) {
      const key = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
      if (key === undefined || !isWellFormedKey(key)) return refuse(ip)
      const digest = digestOf(key)
      if (!acquaintances.has(digest)) refuseIfWaiting(await limits.findStrangerWaitMs(ip), 'this address')
      const found = await findApiKey(db, digest)
      if (found === null) {
        acquaintances.delete(digest)
        return refuse(ip)
      }
      remember(acquaintances, digest)
      // A part of the hash names the key well enough: not even the hash goes to Redis.
      refuseIfWaiting(await limits.countKey(digest.slice(0, 24)), 'this key')
      // Not waited for: an answer does not depend on it.
      if (found.isUseStale) void noteKeyUse(db, digest).catch(complain)
      return { prefix: found.prefix, reach: found.workspaceIds }
    },
    async admitStranger({ ip }) {
      refuseIfWaiting(await limits.countStranger(ip), 'this address')
    },
  }
}

function refuseIfWaiting(retryAfterMs: number | null, who: string): void {
  if (retryAfterMs !== null) throw new Problem('RATE_LIMITED', `Too many requests from ${who}.`, { retryAfterMs })
}

/** The one that was seen first goes when there are too many. */
function remember(acquaintances: Set<string>, digest: string): void {
  acquaintances.delete(digest)
  acquaintances.add(digest)
  const [oldest] = acquaintances
  if (acquaintances.size > MOST_ACQUAINTANCES && oldest !== undefined) acquaintances.delete(oldest)
}
