import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { PLATFORMS } from '../account.ts'
import { APPS } from '../app.ts'
import { parseJson } from '../untrusted-json.ts'
import { type Fault, type Faults, OUTAGE } from './faults.ts'
import type { Grants } from './grants.ts'
import { makeAccount } from './make-account.ts'
import { findPretend } from './pretends.ts'

const Wish = Type.Object({
  platform: Type.Enum([...PLATFORMS]),
  kind: Type.Optional(Type.String()),
  count: Type.Integer({ minimum: 1, maximum: 100_000, default: 1 }),
  workspaceId: Type.String({ pattern: '^\\S{1,64}$', default: 'ws_demo' }),
  lifetimeSeconds: Type.Integer({ minimum: 1, maximum: 31_536_000, default: 7200 }),
})

const Account = Type.Object({ platform: Type.Enum([...PLATFORMS]), externalId: Type.String() })
const AppParams = Type.Object({ app: Type.Enum([...APPS]) })
const Limit = Type.Object({ requestsPerSecond: Type.Integer({ minimum: 0 }) })

/** How whoever runs the simulator makes accounts, and decides what goes wrong. */
export async function controlRoutes(
  server: FastifyInstance,
  { grants, faults, originOf }: { grants: Grants; faults: Faults; originOf: () => string },
): Promise<void> {
  server.post<{ Querystring: Static<typeof Wish> }>(
    '/accounts',
    { schema: { querystring: Wish } },
    (request, reply) => {
      const { platform, kind, count, workspaceId, lifetimeSeconds } = request.query
      const pretend = findPretend(platform, kind ?? null)
      if (pretend === undefined) return reply.code(404).send({ error: `${platform} ${kind ?? ''} is not pretended` })
      const lifetimeMs = lifetimeSeconds * 1000
      const lines = Array.from({ length: count }, () =>
        makeAccount(grants, pretend, { workspaceId, lifetimeMs, ageShare: Math.random() * 0.7 }, originOf()),
      )
      return reply.type('application/x-ndjson').send(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
    },
  )

  // The next answers of one account: a JSON array of faults.
  server.post<{ Querystring: Static<typeof Account> }>(
    '/faults',
    { schema: { querystring: Account } },
    (request, reply) => {
      const grant = grants.findAccount(request.query.platform, request.query.externalId)
      if (grant === undefined) return reply.code(404).send({ error: 'there is no such pretend account' })
      const script = parseJson(String(request.body))
      if (!Array.isArray(script)) return reply.code(400).send({ error: 'the body has to be a JSON array of faults' })
      faults.script(grant, script as Fault[])
      return reply.code(204).send()
    },
  )

  // The owner removes our app, or the platform lets the grant die.
  server.post<{ Querystring: Static<typeof Account> }>(
    '/revoke',
    { schema: { querystring: Account } },
    (request, reply) => {
      const grant = grants.findAccount(request.query.platform, request.query.externalId)
      if (grant === undefined) return reply.code(404).send({ error: 'there is no such pretend account' })
      grant.isDead = true
      return reply.code(204).send()
    },
  )

  server.put<{ Params: Static<typeof AppParams> }>(
    '/outages/:app',
    { schema: { params: AppParams } },
    (request, reply) => {
      faults.answerAll(request.params.app, OUTAGE)
      return reply.code(204).send()
    },
  )
  server.delete<{ Params: Static<typeof AppParams> }>(
    '/outages/:app',
    { schema: { params: AppParams } },
    (request, reply) => {
      faults.answerAll(request.params.app, null)
      return reply.code(204).send()
    },
  )
  server.put<{ Params: Static<typeof AppParams>; Querystring: Static<typeof Limit> }>(
    '/limits/:app',
    { schema: { params: AppParams, querystring: Limit } },
    (request, reply) => {
      faults.limit(request.params.app, request.query.requestsPerSecond)
      return reply.code(204).send()
    },
  )
  server.delete<{ Params: Static<typeof AppParams> }>(
    '/limits/:app',
    { schema: { params: AppParams } },
    (request, reply) => {
      faults.limit(request.params.app, null)
      return reply.code(204).send()
    },
  )
}
