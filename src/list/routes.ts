import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Database } from '../database/connect.ts'
import { listAccounts } from '../database/list-accounts.ts'
import { present, SocialAccount } from './account-row.ts'
import { type Caller, identify } from './authenticate.ts'
import { Problem } from './problem.ts'

const Query = Type.Object({ workspaceId: Type.Optional(Type.String({ pattern: '^\\S{1,64}$' })) })

/** `GET /social-accounts`: the connected accounts that the caller's key reaches. */
export async function socialAccountRoutes(server: FastifyInstance, { db }: { db: Database }): Promise<void> {
  const callers = new WeakMap<FastifyRequest, Caller>()
  server.addHook('onRequest', async (request) => {
    callers.set(request, await identify(db, request.headers.authorization))
  })

  server.get<{ Querystring: { workspaceId?: string } }>(
    '/social-accounts',
    { schema: { querystring: Query, response: { 200: Type.Array(SocialAccount) } } },
    async (request) => {
      const reach = callers.get(request)?.workspaceIds ?? null
      const workspaceIds = narrow(reach, request.query.workspaceId)
      return (await listAccounts(db, { workspaceIds })).map(present)
    },
  )

  server.route({
    method: ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
    url: '/social-accounts',
    handler: async (_request, reply) => {
      reply.header('allow', 'GET')
      throw new Problem('METHOD_NOT_ALLOWED', 'Accounts can only be read here.')
    },
  })
}

/** The workspaces to show: one that the key does not reach is refused and never an empty list. */
function narrow(reach: readonly string[] | null, workspaceId: string | undefined): readonly string[] | null {
  if (workspaceId === undefined) return reach
  if (reach === null || reach.includes(workspaceId)) return [workspaceId]
  throw new Problem('FORBIDDEN', 'This key does not reach that workspace.')
}
