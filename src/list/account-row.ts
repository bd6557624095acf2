import { type TSchemaOptions, Type } from 'typebox'
import { ACCOUNT_STATUSES, PLATFORMS } from '../account.ts'

const MOMENT = '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?Z$'

const EXAMPLE = { examples: ['2026-11-24T10:00:00.000Z'] }

export const moment = (description: string) =>
  Type.Unsafe<string>({ type: 'string', format: 'date-time', pattern: MOMENT, description, ...EXAMPLE })

export const nullableMoment = (description: string) =>
  Type.Unsafe<string | null>({
    type: ['string', 'null'],
    format: 'date-time',
    pattern: MOMENT,
    description,
    ...EXAMPLE,
  })

export const nullableText = (description: string) =>
  Type.Unsafe<string | null>({ type: ['string', 'null'], description })

export const nullableInteger = (description: string, bounds: { minimum?: number; maximum?: number } = {}) =>
  Type.Unsafe<number | null>({ type: ['integer', 'null'], ...bounds, description })

export const AccountId = (options: TSchemaOptions = {}) =>
  Type.String({ pattern: '^soc_[0-9A-Za-z]{20,32}$', examples: ['soc_k3f8q2vdn6w4t0yj7rbzc5xe'], ...options })

/** White space and NUL, which no id holds and Postgres does not take, are refused. */
export const WorkspaceId = (options: TSchemaOptions = {}) =>
  Type.String({ pattern: '^[^\\s\\x00]{1,64}$', examples: ['ws_1'], ...options })

export const Platform = Type.Enum(PLATFORMS, {
  $id: 'Platform',
  type: 'string',
  description: 'Network of the account.',
})

export const AccountStatus = Type.Enum(ACCOUNT_STATUSES, {
  $id: 'AccountStatus',
  type: 'string',
  description:
    'ACTIVE: may publish. TOKEN_EXPIRED: the owner has to reconnect before the next publish. REVOKED: the authorisation was withdrawn at the platform. DISCONNECTED: never shown.',
})

/** One row of the public contract: these 17 members, and no other ever leaves. */
export const SocialAccount = Type.Object(
  {
    id: AccountId(),
    workspaceId: WorkspaceId(),
    platform: Type.Ref('Platform#'),
    externalId: Type.String({ minLength: 1, description: 'Identity of the account at the platform.' }),
    handle: Type.String({ minLength: 1, description: 'Public name at the platform.' }),
    displayName: nullableText('Human name, null where the platform gives none.'),
    avatarUrl: nullableText('Picture address, null where the platform gives none.'),
    status: Type.Ref('AccountStatus#'),
    scopes: Type.Array(Type.String({ minLength: 1 }), { description: 'Permissions that were granted.' }),
    connectedAt: moment('First time the connection was made.'),
    lastRefreshedAt: nullableMoment('Most recent refresh that succeeded.'),
    tokenExpiresAt: nullableMoment('End of the current access token; may lie in the past. Null where it does not end.'),
    lastRefreshAttemptAt: nullableMoment('Most recent try to refresh, whatever its outcome.'),
    lastRefreshError: nullableText('Why the last try failed, fit for showing to the owner. Null after a success.'),
    lastRefreshErrorStatus: nullableInteger('HTTP status of that failure, null without one.', {
      minimum: 100,
      maximum: 599,
    }),
    meta: Type.Unsafe<Record<string, unknown>>({
      type: 'object',
      additionalProperties: true,
      description: 'Loose extras of the platform.',
    }),
    defaultBoardId: nullableText('Pinterest only: board chosen while connecting.'),
  },
  { $id: 'SocialAccount', additionalProperties: false, description: 'A connected social account.' },
)
