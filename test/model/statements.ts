import { disconnectAccount, findHolders, lockExisting, saveBatch } from './account-statements.ts'
import {
  countEnded,
  expireRejected,
  expireUnrenewable,
  findDueApps,
  makeDue,
  pauseApp,
  pauseByOperator,
  resumeApp,
  resumeByOperator,
  retryEnded,
} from './app-statements.ts'
import { claimDue, releaseClaims, takeLeases } from './lease-statements.ts'
import { readRecorded, saveOutcomes } from './outcome-statement.ts'
import type { Statement, Tables } from './tables.ts'

const nothing = () => []

/** How each statement is recognised: by words that no other one has. */
const STATEMENTS: readonly (readonly [words: string, twin: unknown])[] = [
  ['from due where s.account_id = due.account_id', claimDue],
  ['for update of s, c skip locked\n), paused', takeLeases],
  ['), finished as materialized', saveOutcomes],
  ['select id, outcome from refresh_attempts', readRecorded],
  ['set due_at = now(), claimed_at = null\n     where account_id = any($1)', releaseClaims],
  ['from unnest($1::text[]) as asked(app)', findDueApps],
  ['with over as materialized', expireUnrenewable],
  ['with dead as materialized', expireRejected],
  ['set paused_until = greatest(p.paused_until', pauseApp],
  ['and since <= $2 and paused_until <= now() returning', resumeApp],
  ['set paused_until = excluded.paused_until, reason = excluded.reason, since = now()', pauseByOperator],
  ['delete from platform_states where app = $1 returning', resumeByOperator],
  ['with recent as (', countEnded],
  ['set due_at = now(), renewable = true\n     where s.app = $1', retryEnded],
  ['with chosen as materialized', makeDue],
  ['delete from refresh_schedule where account_id = $1 returning attempt_id', disconnectAccount],
  ['c.connected_fingerprint as "connectedFingerprint"', lockExisting],
  ['where refresh_token_fingerprint = any($1)', findHolders],
  ['with line as materialized', saveBatch],
  ['insert into import_lines', nothing],
  ['create temporary table import_lines', nothing],
  ['pg_advisory_xact_lock', () => [{ pg_advisory_xact_lock: '' }]],
  ['insert into scan_state', nothing],
  ['select now() as now', ({ now }: Tables) => [{ now }]],
]

const BARE = new Set(['begin', 'commit', 'rollback'])

/** Finds the twin of a statement of `src/database/`. */
export function twinOf(sql: string): Statement {
  if (BARE.has(sql)) return nothing
  const found = STATEMENTS.filter(([words]) => sql.includes(words))
  const [first] = found
  if (first === undefined || found.length > 1) {
    throw new Error(`${found.length} twins in test/model/statements.ts for the statement: ${sql.trim()}`)
  }
  return first[1] as Statement
}
