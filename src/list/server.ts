import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import type { Database } from '../database/connect.ts'
import { makeId } from '../id.ts'
import type { Log } from '../log.ts'
import { answerError } from './errors.ts'
import { envelope, Problem } from './problem.ts'
import { socialAccountRoutes } from './routes.ts'

/** Builds the list module without listening: read only, and the only part of the daemon that speaks HTTP. */
export function buildListServer({ db, log }: { db: Database; log: Log }): FastifyInstance {
  const server = fastify({
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => `req_${makeId()}`,
    // Ours alone: what a caller sends as its id must not become ours.
    requestIdHeader: false,
    requestTimeout: 10_000,
    connectionTimeout: 30_000,
    forceCloseConnections: 'idle',
    frameworkErrors: (error, request, reply) => answerError(error, request, reply),
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
  })
  server.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
    if (!isDecodable(request.url)) throw new Problem('VALIDATION_FAILED', 'The address is not encoded as it has to be.')
  })
  server.addHook('onResponse', async ({ id, method, routeOptions, ip }, reply) => {
    const { statusCode, elapsedTime } = reply
    log.debug(
      { requestId: id, method, route: routeOptions.url, statusCode, ip, ms: Math.round(elapsedTime) },
      'answered',
    )
  })
  server.setErrorHandler(answerError)
  server.setNotFoundHandler((request, reply) => {
    reply.code(404).send(envelope(new Problem('NOT_FOUND', 'There is nothing at this address.'), request.id))
  })
  server.get('/healthz', async () => ({ status: 'ok' }))
  server.register(socialAccountRoutes, { db, prefix: '/api/v1' })
  return server
}

/** Half a percent sign is otherwise read as it stands, and asks for something that the caller did not mean. */
function isDecodable(url: string): boolean {
  try {
    decodeURIComponent(url)
    return true
  } catch {
    return false
  }
}
