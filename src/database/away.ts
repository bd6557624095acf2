import { DrizzleQueryError } from 'drizzle-orm/errors'
import { DatabaseError } from 'pg'

/** SQLSTATE classes of trouble that passes: connection, transaction rolled back, read-only, resources, locks, shutdown. */
const PASSING = new Set(['08', '25', '40', '53', '55', '57', '58'])

/** What a socket says when nobody is at the other end. */
const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
])

/** The pool and the client of `pg` have only words for it. */
const LOST =
  /^(Connection terminated|Query read timeout|timeout exceeded when trying to connect|Client has encountered a connection error)/

/** Rolled back, and locks: of these one row can be the reason. */
const OF_ROWS = new Set(['40', '55'])
const QUERY_CANCELED = '57014'

/** Whether a statement may have failed for some of its rows only: the database is there, and said so. */
export function mayConcernRows(error: unknown): boolean {
  if (!(error instanceof DatabaseError)) return !isDatabaseAway(error)
  return !isDatabaseAway(error) || OF_ROWS.has(error.code?.slice(0, 2) ?? '') || error.code === QUERY_CANCELED
}

/** Whether a statement failed because of where the database is, not because of what was asked. */
export function isDatabaseAway(error: unknown): boolean {
  if (error instanceof DrizzleQueryError) return isDatabaseAway(error.cause)
  if (error instanceof DatabaseError) return PASSING.has(error.code?.slice(0, 2) ?? '')
  if (!(error instanceof Error)) return false
  return ('code' in error && UNREACHABLE.has(String(error.code))) || LOST.test(error.message)
}
