import type { FastifyInstance } from 'fastify'
import type { Database } from '../database/connect.ts'
import { addAccountRoute } from './account-route.ts'
import { addAccountsRoute } from './accounts-route.ts'
import type { Admission, Caller } from './admission.ts'
import { addAttemptsRoute } from './attempts-route.ts'
import { makePrivate } from './headers.ts'
import { addHealthRoute } from './health-route.ts'
import type { LargeAnswers } from './stream-rows.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks: set before anything below `/api/v1` is answered. */
    caller: Caller
  }
}

export interface RouteParts {
  readonly db: Database
  readonly admission: Admission
  readonly largeAnswers: LargeAnswers
}

/** Everything that needs a key. */
export async function accountRoutes(server: FastifyInstance, parts: RouteParts): Promise<void> {
  server.addHook('onRequest', async (request, reply) => {
    request.caller = await parts.admission.admit(request)
    makePrivate(reply)
  })
  addAccountsRoute(server, parts)
  addHealthRoute(server, parts)
  addAccountRoute(server, parts)
  addAttemptsRoute(server, parts)
}
