import type { Database } from './connect.ts'

export interface ApiKey {
  readonly digest: string
  /** The visible characters, to tell keys apart. */
  readonly prefix: string
  readonly name: string
  /** Null: all. */
  readonly workspaceIds: readonly string[] | null
}

/** Finds a key that is not revoked by its hash; null when there is none. */
export async function findApiKey(
  db: Database,
  digest: string,
): Promise<Pick<ApiKey, 'prefix' | 'workspaceIds'> | null> {
  const { rows } = await db.query<Pick<ApiKey, 'prefix' | 'workspaceIds'>>(
    'select prefix, workspace_ids as "workspaceIds" from api_keys where digest = $1 and revoked_at is null',
    [digest],
  )
  return rows[0] ?? null
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
