import { DrizzleQueryError } from 'drizzle-orm/errors'
import { DatabaseError } from 'pg'

/** SQLSTATE classes of trouble that passes: connection, transaction rolled back, read-only, resources, locks, shutdown. */
const PASSING = new Set(['08', '25', '40', '53', '55', '57', '58'])

/** Whether a statement failed because of where the database is, not because of what was asked: it can be repeated. */
export function isDatabaseAway(error: unknown): boolean {
  if (error instanceof DatabaseError) return PASSING.has(error.code?.slice(0, 2) ?? '')
  if (!(error instanceof Error)) return false
  if (error instanceof DrizzleQueryError) return isDatabaseAway(error.cause)
  if (error instanceof TypeError || error instanceof RangeError) return false
  // Sockets name their trouble in a code; the pool and the client of `pg` only in words.
  return ('code' in error && /^E[A-Z]+/.test(String(error.code))) || /connect|terminated|timeout/i.test(error.message)
}
