import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import { makeId } from '../id.ts'
import type { Log } from '../log.ts'
import { answerBrokenRequest, answerError } from './errors.ts'
import { SAFE_HEADERS } from './headers.ts'
import { Problem } from './problem.ts'
import type { Readiness } from './readiness.ts'

export interface ServerParts {
  readonly readiness: Readiness
  readonly trustedProxies: readonly string[]
  readonly log: Log
}

/** Address and headers of a request together. */
const MOST_HEADER_BYTES = 8192
/** Nothing that is answered here has a body. */
const MOST_BODY_BYTES = 1024

const makeRequestId = () => `req_${makeId()}`

/** Opens a server without listening, with what holds for every answer: request ids, headers, failures in one shape. */
export function openServer({ readiness, trustedProxies, log }: ServerParts): FastifyInstance {
  const server = open(log, trustedProxies)
  addHooks(server, log)
  server.addHook('onSend', async (_request, reply) => {
    // Whoever asks next is to ask another process.
    if (readiness.isEnding()) reply.header('connection', 'close')
  })
  server.setErrorHandler(answerError)
  return server
}

function open(log: Log, trustedProxies: readonly string[]): FastifyInstance {
  return fastify({
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: makeRequestId,
    // Ours alone: what a caller sends as its id must not become ours.
    requestIdHeader: false,
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    requestTimeout: 10_000,
    // A caller that takes nothing of its answer has gone; it may last twice as long until that is certain.
    connectionTimeout: 30_000,
    bodyLimit: MOST_BODY_BYTES,
    http: { maxHeaderSize: MOST_HEADER_BYTES },
    routerOptions: { maxParamLength: MOST_HEADER_BYTES },
    exposeHeadRoutes: false,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    frameworkErrors: answerError,
    clientErrorHandler: (error, socket) => answerBrokenRequest(error, socket, makeRequestId()),
    ajv: { customOptions: { coerceTypes: true, useDefaults: true, removeAdditional: false } },
  })
}

function addHooks(server: FastifyInstance, log: Log): void {
  server.addHook('onRequest', async (request, reply) => {
    reply.headers({ ...SAFE_HEADERS, 'x-request-id': request.id })
    if (!isDecodable(request.url)) throw new Problem('VALIDATION_FAILED', 'The address is not encoded as it has to be.')
  })
  server.addHook('onResponse', async (request, reply) => {
    const { id, method, routeOptions, ip, caller, headers } = request
    log.debug(
      {
        requestId: id,
        callerRequestId: headers['x-request-id']?.slice(0, 100),
        method,
        route: routeOptions.url,
        statusCode: reply.statusCode,
        key: caller?.prefix,
        ip,
        ms: Math.round(reply.elapsedTime),
      },
      'answered',
    )
  })
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
