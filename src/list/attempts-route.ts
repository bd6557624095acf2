import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { TRIGGERS } from '../account.ts'
import { type AccountAttempt, readAttempts } from '../database/account-attempts.ts'
import { openSnapshot } from '../database/snapshot.ts'
import { AccountId, moment, nullableInteger, nullableMoment, nullableText } from './account-row.ts'
import { failure, failures, success } from './answers.ts'
import { cutPage, nextCursor, type PageQuery, pageParameters, readPage } from './page.ts'
import { addReadOnly } from './read-only.ts'
import type { RouteParts } from './route-parts.ts'
import { noSuchAccount, untilGone } from './scope.ts'

export const RefreshAttempt = Type.Object(
  {
    id: Type.String({ pattern: '^\\d+$' }),
    trigger: Type.Enum(TRIGGERS, { type: 'string', description: 'Why it was made.' }),
    startedAt: moment('When it began.'),
    finishedAt: nullableMoment('Null while it is under way.'),
    outcome: nullableText('What it led to, one word: renewed, transient, token_expired … Null while it is under way.'),
    httpStatus: nullableInteger("Status of the platform's answer, null without one."),
    errorCode: nullableText("The platform's own code, or ours for a failure on the way."),
    error: nullableText('What it means for the owner of the account.'),
    oldTokenExpiresAt: nullableMoment('End of the access token before.'),
    newTokenExpiresAt: nullableMoment('End of the access token that came, null without one.'),
    lostRotation: Type.Boolean({ description: 'The grant is dead because a new token did not reach us.' }),
  },
  { $id: 'RefreshAttempt', additionalProperties: false, description: 'One try to refresh an account.' },
)

const SCHEMA = {
  operationId: 'listRefreshAttempts',
  tags: ['Health'],
  summary: "Read an account's history",
  description: 'Every try to refresh the account, the newest first, in pages. Kept as long as the operator has set.',
  params: Type.Object({ accountId: AccountId({ description: 'The account.' }) }),
  querystring: Type.Object(pageParameters, { additionalProperties: false }),
  response: {
    200: success(
      'A page of attempts.',
      Type.Object({ attempts: Type.Array(Type.Ref('RefreshAttempt#')), nextCursor }, { additionalProperties: false }),
    ),
    400: failure('An unknown or malformed parameter.'),
    404: failure('Unknown, disconnected, or in a workspace that the key does not reach: all the same.'),
    ...failures,
  },
}

interface Route {
  Params: { accountId: string }
  Querystring: PageQuery
}

/** `GET /social-accounts/{accountId}/refresh-attempts`: the history of one account. */
export function addAttemptsRoute(server: FastifyInstance, { db }: RouteParts): void {
  addReadOnly<Route>(
    server,
    '/social-accounts/:accountId/refresh-attempts',
    { schema: SCHEMA },
    async (request, reply) => {
      const { accountId } = request.params
      const { after, limit } = readPage(request.query, /^\d{1,18}$/)
      await using snapshot = await openSnapshot(db, untilGone(reply))
      const account = { reach: request.caller.reach, accountId }
      const found = await readAttempts(snapshot, account, { after, limit: limit + 1 })
      if (found === null) throw noSuchAccount()
      const page = cutPage(found, limit, request.url)
      if (page.link !== null) reply.header('link', page.link)
      return { attempts: page.rows.map(present), nextCursor: page.nextCursor }
    },
  )
}

const present = ({ position: _, ...row }: AccountAttempt) => ({
  ...row,
  startedAt: row.startedAt.toISOString(),
  finishedAt: row.finishedAt?.toISOString() ?? null,
  oldTokenExpiresAt: row.oldTokenExpiresAt?.toISOString() ?? null,
  newTokenExpiresAt: row.newTokenExpiresAt?.toISOString() ?? null,
})
