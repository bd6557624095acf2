import type { QueryConfig } from 'pg'
import type { Log } from '../log.ts'
import { MINUTE_MS, SECOND_MS } from '../units.ts'
import { type Database, openDatabase, queryInTransaction } from './connect.ts'
import { LIST_ROLE, mayBecomeListRole } from './list-role.ts'

/** A statement of an answer is ended by the server after this. */
const STATEMENT_TIMEOUT_MS = 10 * SECOND_MS
/** Somebody who reads a large answer more slowly than a batch in this time loses it, and we keep the connection. */
const READER_TIMEOUT_MS = MINUTE_MS

/**
 * Opens the list module's own pool. The rights of its role are what keeps secrets away; read only is a second net.
 *
 * Every statement runs in a transaction that begins with `BEGIN_LIST`, and nothing is set for longer than that: behind a
 * pooler that shares sessions the role would come to whoever gets the session next, and the list would be without it.
 */
export function openListDatabase(url: string, { connections, log }: { connections: number; log: Log }): Database {
  const queryTimeoutMs = STATEMENT_TIMEOUT_MS + 5 * SECOND_MS
  const pool = openDatabase(url, { connections, name: 'list', log, queryTimeoutMs, pipelines: true })
  const query = (statement: string | QueryConfig, values: unknown[] = []) =>
    queryInTransaction(
      pool,
      `begin read only; ${BEGIN_LIST}`,
      typeof statement === 'string' ? { text: statement, values } : statement,
    )
  return Object.assign(pool, { query: query as Database['query'] })
}

/** What follows a `begin` of the list module: its role where the login may switch to it, and the limits of an answer. */
export const BEGIN_LIST = `
set local timezone = 'UTC';
set local statement_timeout = ${STATEMENT_TIMEOUT_MS};
set local idle_in_transaction_session_timeout = ${READER_TIMEOUT_MS};
select set_config('role', '${LIST_ROLE}', true) where ${mayBecomeListRole('session_user')}`

/** Says in one sentence why a login cannot serve the list, because it may do too little or too much; null: it can. */
export async function findRightsProblem(db: Database): Promise<string | null> {
  const { rows } = await db.query<{ login: string; readsSecrets: boolean; readsAccounts: boolean }>(
    `select current_user as login,
       has_any_column_privilege('account_credentials', 'select') as "readsSecrets",
       has_table_privilege('social_accounts', 'select') and has_column_privilege('api_keys', 'digest', 'select')
         and has_column_privilege('refresh_schedule', 'reconnect_by', 'select')
         and has_column_privilege('refresh_attempts', 'outcome', 'select')
         and has_column_privilege('scan_state', 'last_scan_at', 'select') as "readsAccounts"`,
  )
  const [row] = rows
  if (row?.readsSecrets) {
    return `"${row.login}" may read the credentials, which the list must not: grant it ${LIST_ROLE}, or use another login`
  }
  if (!row?.readsAccounts) return `"${row?.login}" may not read the accounts: make it a member of ${LIST_ROLE}`
  return null
}
