import { and, eq, isNull } from 'drizzle-orm/sql/expressions'
import type { Database } from './connect.ts'
import { build } from './query-builder.ts'
import { apiKeys } from './schema.ts'

/** What a key that is not revoked may see; workspaces null: all. Null when there is no such key. */
export async function findApiKey(
  db: Database,
  digest: string,
): Promise<{ prefix: string; workspaceIds: string[] | null } | null> {
  const [found] = await build(db)
    .select({ prefix: apiKeys.prefix, workspaceIds: apiKeys.workspaceIds })
    .from(apiKeys)
    .where(and(eq(apiKeys.digest, digest), isNull(apiKeys.revokedAt)))
  return found ?? null
}

export interface ApiKeyRow {
  readonly digest: string
  readonly prefix: string
  readonly name: string
  /** Null: all. */
  readonly workspaceIds: string[] | null
}

export async function saveApiKey(db: Database, key: ApiKeyRow): Promise<void> {
  await build(db).insert(apiKeys).values(key)
}
