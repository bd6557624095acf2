import type { ClientBase } from 'pg'

/** Imports wait for each other, so that two of them cannot lock each other out: `trwi` in ASCII. */
const IMPORT_LOCK = 0x74727769

/** Where an account of an import is in the world: the same triple again is a reconnect. */
export interface ImportKey {
  readonly line: number
  readonly workspaceId: string
  readonly platform: string
  readonly externalId: string
}

/** What is stored of an account that is connected again. */
export interface Existing {
  readonly line: number
  readonly accountId: string
  readonly version: number
  readonly fingerprint: string | null
  readonly connectedFingerprint: string | null
  /** An attempt shows its token, or has shown it and nobody knows whether it is spent. */
  readonly isShown: boolean
}

/** One row for each of the three tables, ready to be stored. */
export interface ImportRow {
  readonly id: string
  readonly workspaceId: string
  readonly platform: string
  readonly externalId: string
  readonly handle: string
  readonly displayName: string | null
  readonly avatarUrl: string | null
  readonly scopes: readonly string[]
  readonly connectedAt: Date
  readonly tokenExpiresAt: Date | null
  readonly meta: object
  readonly defaultBoardId: string | null
  readonly sealed: string
  readonly version: number
  readonly issuedAt: Date | null
  readonly refreshTokenExpiresAt: Date | null
  readonly fingerprint: string | null
  readonly app: string
  readonly dueAt: Date | null
  readonly deadlineAt: Date | null
  readonly renewable: boolean
  readonly reconnectBy: Date | null
  /** The credential, and whatever is under way with it, stays; the rest of the account is stored. */
  readonly keepsCredential: boolean
}

/** Begins an import: one transaction, one at a time. Returns the database's clock. */
export async function beginImport(client: ClientBase): Promise<Date> {
  await client.query('begin')
  await client.query('select pg_advisory_xact_lock($1)', [IMPORT_LOCK])
  await client.query(
    `create temporary table import_lines (
       line integer, workspace_id text, platform text, external_id text,
       primary key (workspace_id, platform, external_id)
     ) on commit drop`,
  )
  const { rows } = await client.query<{ now: Date }>('select now() as now')
  return rows[0]?.now ?? new Date()
}

/** Notes the lines of a batch; returns those whose account stands in an earlier line, with the number of that line. */
export async function noteLines(client: ClientBase, keys: readonly ImportKey[]): Promise<Map<number, number>> {
  const { rows } = await client.query<{ line: number; first: number }>(
    `with asked as (
       select * from jsonb_to_recordset($1)
         as (line integer, "workspaceId" text, platform text, "externalId" text)
     ), noted as (
       insert into import_lines
       select line, "workspaceId", platform, "externalId" from asked order by line
       on conflict do nothing
       returning line, workspace_id, platform, external_id
     ), known as (
       select * from noted union all select * from import_lines
     )
     select asked.line, known.line as first
     from asked join known on known.workspace_id = asked."workspaceId"
       and known.platform = asked.platform and known.external_id = asked."externalId"
     where known.line <> asked.line`,
    [JSON.stringify(keys)],
  )
  return new Map(rows.map(({ line, first }) => [line, first]))
}

/**
 * Finds the accounts of a batch that are connected already, and locks them: the schedule first, as every refresh does.
 */
export async function lockExisting(client: ClientBase, keys: readonly ImportKey[]): Promise<Map<number, Existing>> {
  const { rows } = await client.query<Existing>(
    `select asked.line, a.id as "accountId", c.version, c.refresh_token_fingerprint as fingerprint,
       c.connected_fingerprint as "connectedFingerprint",
       s.attempt_id is not null or s.in_doubt_at is not null as "isShown"
     from jsonb_to_recordset($1) as asked(line integer, "workspaceId" text, platform text, "externalId" text)
     join social_accounts a on a.workspace_id = asked."workspaceId" and a.platform = asked.platform
       and a.external_id = asked."externalId" and a.status <> 'DISCONNECTED'
     join refresh_schedule s on s.account_id = a.id
     join account_credentials c on c.account_id = a.id
     order by a.id
     for update of s, c`,
    [JSON.stringify(keys)],
  )
  return new Map(rows.map((row) => [row.line, row]))
}

/** Finds which accounts hold refresh tokens with these fingerprints. */
export async function findHolders(client: ClientBase, fingerprints: readonly string[]): Promise<Map<string, string>> {
  if (fingerprints.length === 0) return new Map()
  const { rows } = await client.query<{ fingerprint: string; account_id: string }>(
    `select refresh_token_fingerprint as fingerprint, account_id from account_credentials
     where refresh_token_fingerprint = any($1)`,
    [fingerprints],
  )
  return new Map(rows.map((row) => [row.fingerprint, row.account_id]))
}

/**
 * Stores a batch: new accounts, and new credentials of known ones, which become ACTIVE again with the errors cleared.
 * An attempt that is under way for one of them finds another version when it ends, and is superseded; what such an
 * attempt gets for the very token of the line is newer than the line, and stands.
 */
export async function saveBatch(client: ClientBase, rows: readonly ImportRow[]): Promise<void> {
  await client.query(SAVE_BATCH, [JSON.stringify(rows)])
}

const SAVE_BATCH = `
with line as materialized (
  select * from jsonb_to_recordset($1) as (
    id text, "workspaceId" text, platform text, "externalId" text, handle text, "displayName" text, "avatarUrl" text,
    scopes text[], "connectedAt" timestamptz, "tokenExpiresAt" timestamptz, meta jsonb, "defaultBoardId" text,
    sealed text, version integer, "issuedAt" timestamptz, "refreshTokenExpiresAt" timestamptz, fingerprint text,
    app text, "dueAt" timestamptz, "deadlineAt" timestamptz, renewable boolean, "reconnectBy" timestamptz,
    "keepsCredential" boolean)
), shown as (
  update social_accounts a
  set handle = line.handle, display_name = line."displayName", avatar_url = line."avatarUrl", meta = line.meta,
      default_board_id = line."defaultBoardId"
  from line where a.id = line.id and line."keepsCredential"
), account as (
  insert into social_accounts as a (id, workspace_id, platform, external_id, handle, display_name, avatar_url, scopes,
    connected_at, token_expires_at, meta, default_board_id)
  select id, "workspaceId", platform, "externalId", handle, "displayName", "avatarUrl", scopes,
    "connectedAt", "tokenExpiresAt", meta, "defaultBoardId" from line where not "keepsCredential"
  on conflict (id) do update
  set handle = excluded.handle, display_name = excluded.display_name, avatar_url = excluded.avatar_url,
      scopes = excluded.scopes, token_expires_at = excluded.token_expires_at, meta = excluded.meta,
      default_board_id = excluded.default_board_id, status = 'ACTIVE',
      last_refresh_error = null, last_refresh_error_status = null
  returning a.id
), credential as (
  insert into account_credentials (account_id, sealed, version, issued_at, refresh_token_expires_at,
    refresh_token_fingerprint, connected_fingerprint)
  select line.id, sealed, version, "issuedAt", "refreshTokenExpiresAt", fingerprint, fingerprint
  from line join account using (id)
  on conflict (account_id) do update
  set sealed = excluded.sealed, version = excluded.version, issued_at = excluded.issued_at,
      refresh_token_expires_at = excluded.refresh_token_expires_at,
      refresh_token_fingerprint = excluded.refresh_token_fingerprint,
      connected_fingerprint = excluded.connected_fingerprint
), cut_off as (
  update refresh_attempts t set finished_at = now(), outcome = 'superseded'
  from line join refresh_schedule s on s.account_id = line.id
  where t.id = s.attempt_id and t.finished_at is null and not line."keepsCredential"
)
insert into refresh_schedule (account_id, platform, app, due_at, deadline_at, renewable, reconnect_by)
select line.id, platform, app, "dueAt", "deadlineAt", renewable, "reconnectBy"
from line join account using (id)
on conflict (account_id) do update
set app = excluded.app, due_at = excluded.due_at, deadline_at = excluded.deadline_at, renewable = excluded.renewable,
    reconnect_by = excluded.reconnect_by, claimed_at = null, lease_id = null, leased_until = null, attempt_id = null,
    in_doubt_at = null, consecutive_failures = 0, failing_since = null, failing_code = null`
