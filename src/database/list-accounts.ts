import type { SQL } from 'drizzle-orm/sql'
import { and, desc, eq, inArray, ne } from 'drizzle-orm/sql/expressions'
import type { AccountStatus, Platform } from '../account.ts'
import type { Database } from './connect.ts'
import { queryBuilder } from './query-builder.ts'
import { socialAccounts } from './schema.ts'

export type AccountRow = typeof socialAccounts.$inferSelect

export interface AccountFilter {
  /** Null: of every workspace. */
  readonly workspaceIds: readonly string[] | null
  readonly platform?: Platform
  /** Without it, everything but DISCONNECTED. */
  readonly status?: AccountStatus
}

/** Lists accounts, the newest connection first. */
export async function listAccounts(
  db: Database,
  { workspaceIds, platform, status }: AccountFilter,
): Promise<AccountRow[]> {
  const { status: column } = socialAccounts
  const conditions: SQL[] = [status === undefined ? ne(column, 'DISCONNECTED') : eq(column, status)]
  if (workspaceIds !== null) conditions.push(inArray(socialAccounts.workspaceId, [...workspaceIds]))
  if (platform !== undefined) conditions.push(eq(socialAccounts.platform, platform))
  return queryBuilder(db)
    .select()
    .from(socialAccounts)
    .where(and(...conditions))
    .orderBy(desc(socialAccounts.connectedAt), desc(socialAccounts.id))
}
