import compress from '@fastify/compress'
import cors from '@fastify/cors'
import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import type { Complain } from '../complaint.ts'
import type { Database } from '../database/connect.ts'
import { makeId } from '../id.ts'
import type { ListConfig } from '../list-config.ts'
import type { Log } from '../log.ts'
import { openAdmission } from './admission.ts'
import { answerBrokenRequest, answerError } from './errors.ts'
import { SAFE_HEADERS } from './headers.ts'
import { describeApi, documentationRoutes } from './openapi.ts'
import { pageRoutes } from './page-routes.ts'
import { Problem } from './problem.ts'
import type { RateLimits } from './rate-limits.ts'
import { addProbes, type Readiness } from './readiness.ts'
import { accountRoutes } from './routes.ts'
import { limitLargeAnswers } from './stream-rows.ts'

export interface ListServerParts {
  /** Of the list module's own role. */
  readonly db: Database
  readonly config: ListConfig
  readonly limits: RateLimits
  readonly readiness: Readiness
  readonly log: Log
  readonly complain: Complain
}

/** Address and headers of a request together. */
const MOST_HEADER_BYTES = 8192
/** Nothing that is answered here has a body. */
const MOST_BODY_BYTES = 1024

const makeRequestId = () => `req_${makeId()}`

/** Builds the list module without listening: read only, and the only part of the daemon that speaks HTTP. */
export async function buildListServer(parts: ListServerParts): Promise<FastifyInstance> {
  const { db, config, limits, readiness, log, complain } = parts
  const server = open(log, config)
  addHooks(server, log)
  server.addHook('onSend', async (_request, reply) => {
    // Whoever asks next is to ask another process.
    if (readiness.isEnding()) reply.header('connection', 'close')
  })
  server.setErrorHandler(answerError)
  const admission = openAdmission({ db, limits, complain })
  if (config.corsOrigins.length > 0) await server.register(cors, corsOptions(config.corsOrigins))
  await server.register(compress, { globalDecompression: false, encodings: ['br', 'gzip'] })
  server.setNotFoundHandler(async (request) => {
    await admission.admitStranger(request)
    throw new Problem('NOT_FOUND', 'There is nothing at this address.')
  })
  addProbes(server, readiness)
  await describeApi(server)
  await server.register(async (open) => {
    open.addHook('onRequest', (request) => admission.admitStranger(request))
    await open.register(documentationRoutes)
    await open.register(pageRoutes)
  })
  // Half of the connections: the other half answers everybody else.
  const largeAnswers = limitLargeAnswers(Math.max(1, Math.floor(db.options.max / 2)))
  await server.register(accountRoutes, { db, admission, largeAnswers, prefix: '/api/v1' })
  return server
}

function open(log: Log, { trustedProxies }: ListConfig): FastifyInstance {
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

const corsOptions = (origins: readonly string[]) => ({
  origin: [...origins],
  methods: ['GET'],
  allowedHeaders: ['authorization', 'if-none-match'],
  exposedHeaders: ['etag', 'link', 'retry-after', 'x-request-id'],
  maxAge: 600,
})

/** Half a percent sign is otherwise read as it stands, and asks for something that the caller did not mean. */
function isDecodable(url: string): boolean {
  try {
    decodeURIComponent(url)
    return true
  } catch {
    return false
  }
}
