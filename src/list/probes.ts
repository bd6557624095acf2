import type { FastifyInstance } from 'fastify'
import { SECOND_MS } from '../units.ts'
import { Problem } from './problem.ts'
import type { Readiness } from './readiness.ts'

/** What a process tells of itself. The rest of the list module does not know what it is made of. */
export interface Probes {
  /** What has stood still for too long; null: everything gets on. */
  readonly findStandstill: () => Readonly<Record<string, string>> | null
  readonly readiness: Readiness
  /** In the text format of Prometheus. */
  readonly renderMetrics: () => Promise<string>
}

const PROMETHEUS_TEXT = 'text/plain; version=0.0.4; charset=utf-8'

/**
 * `GET /healthz`: the process gets on with its work. `GET /readyz`: it can work. `GET /metrics`: what it did, and how the
 * fleet stands. None needs a key, and probes may use HEAD.
 */
export function addProbes(server: FastifyInstance, { findStandstill, readiness, renderMetrics }: Probes): void {
  const method = ['GET', 'HEAD']
  const schema = { hide: true }
  server.route({
    method,
    url: '/healthz',
    schema,
    handler: async () => answer('This process does not get on with its work.', findStandstill()),
  })
  server.route({
    method,
    url: '/readyz',
    schema,
    handler: async () => answer('This process is not ready.', await readiness.findTrouble()),
  })
  server.route({
    method,
    url: '/metrics',
    schema,
    handler: async (_request, reply) => reply.type(PROMETHEUS_TEXT).send(await renderMetrics()),
  })
}

function answer(trouble: string, details: Readonly<Record<string, string>> | null): { status: 'ok' } {
  if (details === null) return { status: 'ok' }
  throw new Problem('SERVICE_UNAVAILABLE', trouble, { details, retryAfterMs: SECOND_MS })
}
