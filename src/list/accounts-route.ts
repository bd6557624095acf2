import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { openSnapshot } from '../database/snapshot.ts'
import { readAsJson, readFingerprint } from '../database/visible-accounts.ts'
import { WorkspaceId } from './account-row.ts'
import { failure, failures, JSON_TYPE, success } from './answers.ts'
import { hashOf, isKnownToCaller } from './etag.ts'
import { addReadOnly } from './read-only.ts'
import type { RouteParts } from './route-parts.ts'
import { narrow, untilGone } from './scope.ts'
import { streamBatches } from './stream-batches.ts'

/** Rows that memory holds of one answer; fewer are sent in one piece. */
const BATCH = 1000

const SCHEMA = {
  operationId: 'listSocialAccounts',
  tags: ['Channels'],
  summary: 'List connected accounts',
  description:
    'A bare array, the newest connection first, of every workspace that the key reaches or of one. DISCONNECTED accounts never appear. Answers carry an ETag: send it back as If-None-Match.',
  querystring: Type.Object({
    workspaceId: Type.Optional(
      WorkspaceId({ description: 'Only this workspace. One that the key does not reach is refused with 403.' }),
    ),
  }),
  response: {
    200: success('Every visible account.', Type.Array(Type.Ref('SocialAccount#'))),
    304: { description: 'Nothing has changed since the answer with this ETag.', type: 'null' },
    400: failure('An empty, repeated or malformed parameter.'),
    403: failure('The key does not reach that workspace.'),
    ...failures,
  },
}

interface Route {
  Querystring: { workspaceId?: string }
}

/** `GET /social-accounts`: all accounts that the key reaches, in one array however many they are. */
export function addAccountsRoute(server: FastifyInstance, parts: RouteParts): void {
  addReadOnly<Route>(server, '/social-accounts', { schema: SCHEMA }, (request, reply) => answer(request, reply, parts))
}

async function answer(request: FastifyRequest<Route>, reply: FastifyReply, { db, largeAnswers }: RouteParts) {
  const reach = narrow(request.caller.reach, request.query.workspaceId)
  await using stack = new AsyncDisposableStack()
  // The label and the rows are of one state of the database.
  const snapshot = stack.use(await openSnapshot(db, untilGone(reply)))
  const readMore = readAsJson(snapshot, reach)
  const pieces: Buffer[] = []
  const count = await readMore(BATCH, (piece) => pieces.push(piece))
  if (count < BATCH) return answerWhole(request, reply, { count, body: Buffer.concat(pieces) })
  if (isKnownToCaller(request, reply, await readFingerprint(snapshot, reach))) return reply.code(304).send()

  stack.defer(largeAnswers.begin())
  const stream = streamBatches(pieces, readMore, BATCH)
  const untilSent = stack.move()
  stream.once('close', () => void untilSent.disposeAsync())
  return reply.type(JSON_TYPE).send(stream)
}

/** What is small is labelled by what it says: cheaper than to have the database take its fingerprint. */
function answerWhole(
  request: FastifyRequest<Route>,
  reply: FastifyReply,
  { count, body }: { count: number; body: Buffer },
) {
  if (isKnownToCaller(request, reply, { count, hash: hashOf(body) })) return reply.code(304).send()
  return reply.type(JSON_TYPE).send(body)
}
