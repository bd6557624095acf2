import { type Database, inTransaction } from './connect.ts'
import { BEGIN_LIST } from './list-database.ts'

export interface ApiKey {
  readonly digest: string
  /** The visible characters, to tell keys apart. */
  readonly prefix: string
  readonly name: string
  /** Null: all. */
  readonly workspaceIds: readonly string[] | null
}

export interface UsableKey extends Pick<ApiKey, 'prefix' | 'workspaceIds'> {
  /** Its last use was not noted for a while. */
  readonly isUseStale: boolean
}

/** What an operator sees of a key. */
export interface ListedKey extends Pick<ApiKey, 'prefix' | 'name' | 'workspaceIds'> {
  readonly createdAt: Date
  /** To a minute. */
  readonly lastUsedAt: Date | null
  readonly revokedAt: Date | null
}

/** Noting every use would make a write of every read, and all on one row. */
const IS_USE_STALE = "(last_used_at is null or last_used_at < now() - interval '1 minute')"

/** Finds a key that is not revoked by its hash; null when there is none. */
export async function findApiKey(db: Database, digest: string): Promise<UsableKey | null> {
  const { rows } = await db.query<UsableKey>(
    `select prefix, workspace_ids as "workspaceIds", ${IS_USE_STALE} as "isUseStale"
     from api_keys where digest = $1 and revoked_at is null`,
    [digest],
  )
  return rows[0] ?? null
}

/** Notes that a key is in use: the only thing that the list module writes, in the only transaction that may. */
export async function noteKeyUse(db: Database, digest: string): Promise<void> {
  await inTransaction(db, `begin read write; ${BEGIN_LIST}`, (client) =>
    client.query(`update api_keys set last_used_at = now() where digest = $1 and ${IS_USE_STALE}`, [digest]),
  )
}

/** Stores a new key: its hash, never the key. */
export async function saveApiKey(db: Database, { digest, prefix, name, workspaceIds }: ApiKey): Promise<void> {
  await db.query('insert into api_keys (digest, prefix, name, workspace_ids) values ($1, $2, $3, $4)', [
    digest,
    prefix,
    name,
    workspaceIds,
  ])
}

/** Lists all keys, revoked ones included, the newest first. */
export async function listApiKeys(db: Database): Promise<ListedKey[]> {
  const { rows } = await db.query<ListedKey>(
    `select prefix, name, workspace_ids as "workspaceIds", created_at as "createdAt", last_used_at as "lastUsedAt",
       revoked_at as "revokedAt"
     from api_keys order by created_at desc, prefix`,
  )
  return rows
}

/**
 * Revokes the key with these visible characters. The next request with it is refused, by every replica.
 *
 * @returns the names of what was revoked: one, unless chance gave two keys the same characters
 */
export async function revokeApiKeys(db: Database, prefix: string): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(
    'update api_keys set revoked_at = now() where prefix = $1 and revoked_at is null returning name',
    [prefix],
  )
  return rows.map(({ name }) => name)
}
