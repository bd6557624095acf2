import { Type } from 'typebox'
import { ACCOUNT_STATUSES, PLATFORMS } from '../account.ts'
import type { socialAccounts } from '../database/schema.ts'

const moment = { type: 'string', format: 'date-time' } as const
const nullableMoment = Type.Unsafe<string | null>({ ...moment, type: ['string', 'null'] })
const nullableText = Type.Unsafe<string | null>({ type: ['string', 'null'] })

/** One row of the public contract: these 17 members, and no other ever leaves. */
export const SocialAccount = Type.Object({
  id: Type.String(),
  workspaceId: Type.String(),
  platform: Type.Enum(PLATFORMS),
  externalId: Type.String(),
  handle: Type.String(),
  displayName: nullableText,
  avatarUrl: nullableText,
  status: Type.Enum(ACCOUNT_STATUSES),
  scopes: Type.Array(Type.String()),
  connectedAt: Type.Unsafe<string>(moment),
  lastRefreshedAt: nullableMoment,
  tokenExpiresAt: nullableMoment,
  lastRefreshAttemptAt: nullableMoment,
  lastRefreshError: nullableText,
  lastRefreshErrorStatus: Type.Unsafe<number | null>({ type: ['integer', 'null'] }),
  meta: Type.Object({}, { additionalProperties: true }),
  defaultBoardId: nullableText,
})

/** Moments leave in UTC with milliseconds. */
export function present(row: typeof socialAccounts.$inferSelect) {
  return {
    ...row,
    connectedAt: row.connectedAt.toISOString(),
    lastRefreshedAt: row.lastRefreshedAt?.toISOString() ?? null,
    tokenExpiresAt: row.tokenExpiresAt?.toISOString() ?? null,
    lastRefreshAttemptAt: row.lastRefreshAttemptAt?.toISOString() ?? null,
  }
}
