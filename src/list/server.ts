import compress from '@fastify/compress'
import cors from '@fastify/cors'
import type { FastifyInstance } from 'fastify'
import type { Complain } from '../complaint.ts'
import type { Database } from '../database/connect.ts'
import type { ListConfig } from '../list-config.ts'
import type { Log } from '../log.ts'
import { openAdmission } from './admission.ts'
import { openServer } from './open-server.ts'
import { describeApi, documentationRoutes } from './openapi.ts'
import { pageRoutes } from './page-routes.ts'
import { addProbes, type Probes } from './probes.ts'
import { Problem } from './problem.ts'
import type { RateLimits } from './rate-limits.ts'
import { accountRoutes } from './routes.ts'
import { limitLargeAnswers } from './stream-batches.ts'

export interface ListServerParts {
  /** Of the list module's own role. */
  readonly db: Database
  readonly config: ListConfig
  readonly limits: RateLimits
  readonly probes: Probes
  readonly log: Log
  readonly complain: Complain
}

/** Builds the list module without listening: read only, and the only part of the daemon that speaks HTTP. */
export async function buildListServer(parts: ListServerParts): Promise<FastifyInstance> {
  const { db, config, limits, probes, log, complain } = parts
  const server = openServer({ readiness: probes.readiness, trustedProxies: config.trustedProxies, log })
  const admission = openAdmission({ db, limits, complain })
  if (config.corsOrigins.length > 0) await server.register(cors, corsOptions(config.corsOrigins))
  await server.register(compress, { globalDecompression: false, encodings: ['br', 'gzip'] })
  server.setNotFoundHandler(async (request) => {
    await admission.admitStranger(request)
    throw new Problem('NOT_FOUND', 'There is nothing at this address.')
  })
  addProbes(server, probes)
  await describeApi(server)
  await server.register(async (scope) => {
    scope.addHook('onRequest', (request) => admission.admitStranger(request))
    await scope.register(documentationRoutes)
    await scope.register(pageRoutes)
  })
  // Half of the connections: the other half answers everybody else.
  const largeAnswers = limitLargeAnswers(Math.max(1, Math.floor(db.options.max / 2)))
  await server.register(accountRoutes, { db, admission, largeAnswers, prefix: '/api/v1' })
  return server
}

const corsOptions = (origins: readonly string[]) => ({
  origin: [...origins],
  methods: ['GET'],
  allowedHeaders: ['authorization', 'if-none-match'],
  exposedHeaders: ['etag', 'link', 'retry-after', 'x-request-id'],
  maxAge: 600,
  // What is no preflight would be refused in words of its own instead of our envelope.
  strictPreflight: false,
})
