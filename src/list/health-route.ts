import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { ACCOUNT_STATUSES, type AccountStatus, type Platform } from '../account.ts'
import { type AccountHealth, countHealth, HEALTHS, type Health, readHealth } from '../database/account-health.ts'
import { openSnapshot } from '../database/snapshot.ts'
import { AccountId, nullableMoment, nullableText, WorkspaceId } from './account-row.ts'
import { failure, failures, success } from './answers.ts'
import { cutPage, nextCursor, type PageQuery, pageParameters, readPage } from './page.ts'
import { addReadOnly } from './read-only.ts'
import type { RouteParts } from './route-parts.ts'
import { narrow, untilGone } from './scope.ts'

const HEALTH_MEANING =
  'The first that fits. reconnect_required: the grant is dead and the owner has to connect again. paused: the app at the platform is left alone for the moment, nothing to do. retrying: the last try failed, or the access token ended before it was renewed; it is tried again, nothing to do. expiring: the grant ends within 14 days whatever we do. ok.'

export const HealthName = Type.Enum(HEALTHS, { $id: 'Health', type: 'string', description: HEALTH_MEANING })

export const AccountHealthRow = Type.Object(
  {
    accountId: AccountId(),
    workspaceId: WorkspaceId(),
    platform: Type.Ref('Platform#'),
    handle: Type.String(),
    status: Type.Ref('AccountStatus#'),
    health: Type.Ref('Health#'),
    since: nullableMoment('Since when it is so. Null while ok, or when that is not known.'),
    consecutiveFailures: Type.Integer({ minimum: 0, description: 'Tries that failed since the last success.' }),
    nextAttemptAt: nullableMoment('The next try; in the past: as soon as possible. Null: none is going to be made.'),
    reconnectBy: nullableMoment('The grant ends then whatever we do. Null: it does not, or the platform does not say.'),
    tokenExpiresAt: nullableMoment('End of the current access token. Null where it does not end.'),
    lastRefreshError: nullableText('Why the last try failed. Null after a success.'),
  },
  { $id: 'AccountHealth', additionalProperties: false, description: 'How one account stands.' },
)

const Answer = Type.Object(
  {
    totals: Type.Object(Object.fromEntries(HEALTHS.map((health) => [health, Type.Integer({ minimum: 0 })])), {
      additionalProperties: false,
      description: 'Accounts by health, of all pages and whatever health is asked for.',
    }),
    accounts: Type.Array(Type.Ref('AccountHealth#')),
    nextCursor,
  },
  { additionalProperties: false },
)

const SCHEMA = {
  operationId: 'listSocialAccountHealth',
  tags: ['Health'],
  summary: 'See how accounts stand',
  description: 'What the rows of the contract do not say, the newest connection first, in pages.',
  querystring: Type.Object(
    {
      workspaceId: Type.Optional(WorkspaceId({ description: 'Only this workspace.' })),
      platform: Type.Optional(Type.Ref('Platform#')),
      status: Type.Optional(
        Type.Enum(
          ACCOUNT_STATUSES.filter((status) => status !== 'DISCONNECTED'),
          { type: 'string' },
        ),
      ),
      health: Type.Optional(Type.Ref('Health#')),
      attention: Type.Optional(
        Type.Boolean({ description: 'Only accounts that are not ok, the worst first and then the newest connection.' }),
      ),
      ...pageParameters,
    },
    { additionalProperties: false },
  ),
  response: {
    200: success('A page of accounts, and totals of all.', Answer),
    400: failure('An unknown or malformed parameter.'),
    403: failure('The key does not reach that workspace.'),
    ...failures,
  },
}

interface Route {
  Querystring: PageQuery & {
    workspaceId?: string
    platform?: Platform
    status?: AccountStatus
    health?: Health
    attention?: boolean
  }
}

/** `GET /social-accounts/health`: how the accounts that the key reaches stand. */
export function addHealthRoute(server: FastifyInstance, { db }: RouteParts): void {
  addReadOnly<Route>(server, '/social-accounts/health', { schema: SCHEMA }, async (request, reply) => {
    const { workspaceId, platform = null, status = null, health = null, attention = false } = request.query
    const filter = { reach: narrow(request.caller.reach, workspaceId), platform, status }
    const { after, limit } = readPage(request.query, /^\d_soc_[0-9A-Za-z]{1,32}$/)
    await using snapshot = await openSnapshot(db, untilGone(reply))
    const totals = await countHealth(snapshot, filter)
    const rows = await readHealth(snapshot, filter, { health, attention, after, limit: limit + 1 })
    return toAnswer(totals, rows, { limit, request, reply })
  })
}

interface Exchange {
  readonly limit: number
  readonly request: FastifyRequest<Route>
  readonly reply: FastifyReply
}

function toAnswer(totals: object, found: readonly AccountHealth[], { limit, request, reply }: Exchange) {
  const page = cutPage(found, limit, request.url)
  if (page.link !== null) reply.header('link', page.link)
  return { totals, accounts: page.rows.map(present), nextCursor: page.nextCursor }
}

const present = ({ position: _, ...row }: AccountHealth) => ({
  ...row,
  since: row.since?.toISOString() ?? null,
  nextAttemptAt: row.nextAttemptAt?.toISOString() ?? null,
  reconnectBy: row.reconnectBy?.toISOString() ?? null,
  tokenExpiresAt: row.tokenExpiresAt?.toISOString() ?? null,
})
