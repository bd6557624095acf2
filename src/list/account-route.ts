import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { writeAccount } from '../database/account-json.ts'
import { findVisibleAccount } from '../database/visible-accounts.ts'
import { AccountId } from './account-row.ts'
import { failure, failures, JSON_TYPE, success } from './answers.ts'
import { isKnownToCaller } from './etag.ts'
import { addReadOnly } from './read-only.ts'
import type { RouteParts } from './route-parts.ts'
import { noSuchAccount } from './scope.ts'

const SCHEMA = {
  operationId: 'getSocialAccount',
  tags: ['Channels'],
  summary: 'Read one connected account',
  params: Type.Object({ accountId: AccountId({ description: 'The account to read.' }) }),
  response: {
    200: success('The account.', Type.Ref('SocialAccount#')),
    304: { description: 'Nothing has changed since the answer with this ETag.', type: 'null' },
    403: failure('Not used at the moment.'),
    404: failure('Unknown, disconnected, or in a workspace that the key does not reach: all the same.'),
    ...failures,
  },
}

/** `GET /social-accounts/{accountId}`: one account. */
export function addAccountRoute(server: FastifyInstance, { db }: RouteParts): void {
  addReadOnly<{ Params: { accountId: string } }>(
    server,
    '/social-accounts/:accountId',
    { schema: SCHEMA },
    async (request, reply) => {
      const found = await findVisibleAccount(db, request.params.accountId, request.caller.reach)
      if (found === null) throw noSuchAccount()
      if (isKnownToCaller(request, reply, { count: 1, hash: found.hash })) return reply.code(304).send()
      return reply.type(JSON_TYPE).send(writeAccount(found.account))
    },
  )
}
