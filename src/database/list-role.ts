import { type ClientBase, DatabaseError } from 'pg'
import type { Database } from './connect.ts'

/** What the list module may do, in every database of the server: no login, so that logins can be members of it. */
export const LIST_ROLE = 'token_refresh_worker_list'

export type ListRoleState =
  /** `isMember`: this login may switch to the role. */
  | { readonly kind: 'ready'; readonly isMember: boolean }
  /** This login may not make the role; `statements` are for somebody who may. */
  | { readonly kind: 'forbidden'; readonly statements: readonly string[] }

/** Taken while rights change, because two that change the rights of one table fail: `trwr` in ASCII. */
const RIGHTS_LOCK = 0x74727772

const INSUFFICIENT_PRIVILEGE = '42501'

/**
 * Makes the role of the list module where it is missing, and gives it exactly what it needs in this database.
 *
 * Safe to run twice and from several processes and databases at once: a role belongs to the whole server.
 */
export async function grantListRole(db: Database): Promise<ListRoleState> {
  const client = await db.connect()
  try {
    await client.query('begin')
    await client.query('select pg_advisory_xact_lock($1)', [RIGHTS_LOCK])
    await client.query(CREATE)
    await client.query(GRANTS)
    await client.query('commit')
    return { kind: 'ready', isMember: await join(client) }
  } catch (error) {
    await client.query('rollback')
    if (!isForbidden(error)) throw error
    const { rows } = await client.query<{ login: string }>('select quote_ident(current_user) as login')
    return { kind: 'forbidden', statements: [`create role ${LIST_ROLE};`, `grant ${LIST_ROLE} to ${rows[0]?.login};`] }
  } finally {
    client.release()
  }
}

/** Lets this login switch to the role; where it may not, the list module needs a login of its own. */
async function join(client: ClientBase): Promise<boolean> {
  try {
    await client.query(JOIN)
    return true
  } catch (error) {
    if (!isForbidden(error)) throw error
    return false
  }
}

const isForbidden = (error: unknown) => error instanceof DatabaseError && error.code === INSUFFICIENT_PRIVILEGE

/**
 * Whether a login may switch to the role: a membership alone does not allow it since PostgreSQL 16.
 *
 * Asked at the beginning of every transaction of the list: through the view of roles it takes 0.2 ms (November 2026).
 */
export const mayBecomeListRole = (login: 'current_user' | 'session_user') => `coalesce(
  pg_has_role(${login}, to_regrole('${LIST_ROLE}'),
    case when current_setting('server_version_num')::integer >= 160000 then 'SET' else 'MEMBER' end), false)`

// Another database's migration may make the role in the same moment.
const CREATE = `
do $$ begin
  if not exists (select from pg_roles where rolname = '${LIST_ROLE}') then
    create role ${LIST_ROLE} nologin;
  end if;
exception when duplicate_object or unique_violation then null;
end $$`

const JOIN = `
do $$ begin
  if not ${mayBecomeListRole('current_user')} then
    execute format('grant ${LIST_ROLE} to %I', current_user);
  end if;
exception when unique_violation then null;
end $$`

// Taken away first: what an earlier version gave and this one does not need.
const GRANTS = `
do $$ begin
  if not has_schema_privilege('${LIST_ROLE}', current_schema, 'usage') then
    execute format('grant usage on schema %I to ${LIST_ROLE}', current_schema);
  end if;
end $$;
revoke all on social_accounts, account_credentials, api_keys, refresh_schedule, refresh_attempts, platform_states,
  scan_state, schema_migrations, webhook_endpoints, webhook_events, webhook_deliveries from ${LIST_ROLE};
grant select on social_accounts to ${LIST_ROLE};
grant select (digest, prefix, workspace_ids, last_used_at, revoked_at), update (last_used_at) on api_keys to ${LIST_ROLE};
grant select (account_id, app, due_at, renewable, consecutive_failures, failing_since, reconnect_by)
  on refresh_schedule to ${LIST_ROLE};
grant select (id, account_id, trigger, started_at, finished_at, outcome, http_status, error_code, error,
  old_token_expires_at, new_token_expires_at, lost_rotation) on refresh_attempts to ${LIST_ROLE};
grant select (app, paused_until, since) on platform_states to ${LIST_ROLE};
grant select (last_scan_at) on scan_state to ${LIST_ROLE};
grant select (name) on schema_migrations to ${LIST_ROLE};`
