import type { Database } from './connect.ts'
import type { AccountRow } from './list-accounts.ts'
import { MOMENTS_AS_TEXT, type MomentsAsText } from './moment-text.ts'
import type { Snapshot } from './snapshot.ts'

/** An account whose moments are text, as they leave. */
export type VisibleAccount = { readonly [Member in keyof AccountRow]: MomentsAsText<AccountRow[Member]> }

/** Workspaces that a caller reaches; null: all. */
export type Reach = readonly string[] | null

/** What an answer consists of, told without reading it out. */
export interface Fingerprint {
  readonly count: number
  /** Changes whenever a column of one of the accounts changes, and when one comes or goes. */
  readonly hash: string
}

/** The accounts that a caller may see; $1 is its reach. */
export const VISIBLE = "a.status <> 'DISCONNECTED' and ($1::text[] is null or a.workspace_id = any($1))"

const COLUMNS = `a.id, a.workspace_id as "workspaceId", a.platform, a.external_id as "externalId", a.handle,
  a.display_name as "displayName", a.avatar_url as "avatarUrl", a.status, a.scopes, a.connected_at as "connectedAt",
  a.last_refreshed_at as "lastRefreshedAt", a.token_expires_at as "tokenExpiresAt",
  a.last_refresh_attempt_at as "lastRefreshAttemptAt", a.last_refresh_error as "lastRefreshError",
  a.last_refresh_error_status as "lastRefreshErrorStatus", a.meta, a.default_board_id as "defaultBoardId"`

/**
 * Takes the fingerprint of the accounts that are in reach: a sum of hashes of whole rows.
 *
 * Of the rows and not of a stamp in them: the moment of a change says nothing about the order of commits, so a change
 * can become visible after a later one and leave the greatest stamp as it was. 100,000 rows take 0.2 s (November 2026).
 */
export async function readFingerprint(snapshot: Snapshot, reach: Reach): Promise<Fingerprint> {
  const [row] = await snapshot.query<{ count: number; hash: string }>(
    `select count(*)::integer as count, coalesce(sum(hash_record_extended(a, 0)), 0)::text as hash
     from social_accounts a where ${VISIBLE}`,
    [reach],
  )
  if (row === undefined) throw new Error('an aggregate without a row')
  return row
}

/** Reads the accounts that are in reach in batches, the newest connection first, so that memory holds one batch. */
export async function* readBatches(snapshot: Snapshot, reach: Reach, size: number): AsyncGenerator<VisibleAccount[]> {
  const declared = snapshot.query(
    `declare visible no scroll cursor for
     select ${COLUMNS} from social_accounts a where ${VISIBLE} order by a.connected_at desc, a.id desc`,
    [reach],
  )
  const fetch = () => snapshot.query<VisibleAccount>(`fetch ${Math.trunc(size)} from visible`, [], MOMENTS_AS_TEXT)
  // The first is sent with the declaration.
  const [first] = await Promise.all([fetch(), declared])
  for (let rows = first; ; rows = await fetch()) {
    yield rows
    if (rows.length < size) return
  }
}

/** `hash` changes with every column. */
export type HashedAccount = VisibleAccount & { readonly hash: string }

/** Finds one account; null when it is unknown, disconnected or out of reach, all told in the same way and time. */
export async function findVisibleAccount(db: Database, id: string, reach: Reach): Promise<HashedAccount | null> {
  const { rows } = await db.query<HashedAccount>({
    text: `select ${COLUMNS}, hash_record_extended(a, 0)::text as hash from social_accounts a where a.id = $2 and ${VISIBLE}`,
    values: [reach, id],
    types: MOMENTS_AS_TEXT,
  })
  return rows[0] ?? null
}
