import type { SQL } from 'drizzle-orm/sql'
import { and, desc, eq, inArray, ne } from 'drizzle-orm/sql/expressions'
import type { AccountStatus, Platform } from '../account.ts'
import type { Database } from './connect.ts'
import { build } from './query-builder.ts'
import { socialAccounts } from './schema.ts'

export interface AccountFilter {
  /** Null: of every workspace. */
  readonly workspaceIds: readonly string[] | null
  readonly platform?: Platform
  /** Without it, everything but DISCONNECTED. */
  readonly status?: AccountStatus
}

/** Lists accounts, the newest connection first. */
export function listAccounts(db: Database, { workspaceIds, platform, status }: AccountFilter) {
  const conditions: SQL[] = [
    status === undefined ? ne(socialAccounts.status, 'DISCONNECTED') : eq(socialAccounts.status, status),
  ]
  if (workspaceIds !== null) conditions.push(inArray(socialAccounts.workspaceId, [...workspaceIds]))
  if (platform !== undefined) conditions.push(eq(socialAccounts.platform, platform))
  return build(db)
    .select()
    .from(socialAccounts)
    .where(and(...conditions))
    .orderBy(desc(socialAccounts.connectedAt), desc(socialAccounts.id))
}
