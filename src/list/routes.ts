import type { FastifyInstance } from 'fastify'
import { addAccountRoute } from './account-route.ts'
import { addAccountsRoute } from './accounts-route.ts'
import { addAttemptsRoute } from './attempts-route.ts'
import { makePrivate } from './headers.ts'
import { addHealthRoute } from './health-route.ts'
import { addOverviewRoute } from './overview-route.ts'
import type { RouteParts } from './route-parts.ts'

/** Everything that needs a key. */
export async function accountRoutes(server: FastifyInstance, parts: RouteParts): Promise<void> {
  server.addHook('onRequest', async (request, reply) => {
    request.caller = await parts.admission.admit(request)
    makePrivate(reply)
  })
  addAccountsRoute(server, parts)
  addHealthRoute(server, parts)
  addOverviewRoute(server, parts)
  addAccountRoute(server, parts)
  addAttemptsRoute(server, parts)
}
