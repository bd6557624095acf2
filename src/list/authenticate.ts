import { findApiKey } from '../database/api-keys.ts'
import type { Database } from '../database/connect.ts'
import { digestOf, isWellFormedKey } from './api-key.ts'
import { Problem } from './problem.ts'

/** Who asks, by the key. */
export interface Caller {
  /** The visible part of the key. */
  readonly prefix: string
  /** Null: every workspace. */
  readonly workspaceIds: readonly string[] | null
}

/**
 * Finds out who sent a request.
 *
 * @throws {Problem} UNAUTHORIZED: without a key, with junk, or with a key that is unknown or revoked, all the same
 */
export async function identify(db: Database, authorization: string | undefined): Promise<Caller> {
  const key = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1]
  const caller = key !== undefined && isWellFormedKey(key) ? await findApiKey(db, digestOf(key)) : null
  if (caller === null) throw new Problem('UNAUTHORIZED', 'A valid API key is needed: Authorization: Bearer pb_live_…')
  return caller
}
