import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { type Config, ConfigError } from '../config.ts'
import type { Readiness } from './readiness.ts'

/** A server that answers. Disposing says so at `/readyz` first, then finishes what was asked, then closes. */
export interface Listening extends AsyncDisposable {
  readonly url: string
}

const SWEEP_EVERY_MS = 100

/**
 * Listens where the settings say.
 *
 * @throws {ConfigError} when another process listens there
 */
export async function listen(
  server: FastifyInstance,
  { host, port, list }: Pick<Config, 'host' | 'port' | 'list'>,
  readiness: Readiness,
): Promise<Listening> {
  const url = await server.listen({ host, port }).catch(async (error) => {
    await server.close()
    throw explain(error, port)
  })
  return {
    url,
    async [Symbol.asyncDispose]() {
      readiness.turnRed()
      // Else a balancer would still send requests to a port that is closed.
      await wait(list.drainMs)
      await close(server)
    },
  }
}

/** Finishes what was asked. A connection that is kept alive after its last answer would hold the end up for a minute. */
async function close(server: FastifyInstance): Promise<void> {
  const sweeper = setInterval(() => server.server.closeIdleConnections(), SWEEP_EVERY_MS)
  await server.close()
  clearInterval(sweeper)
}

function explain(error: Error & { code?: string }, port: number): Error {
  if (error.code !== 'EADDRINUSE') return error
  return new ConfigError([
    `PORT: another process listens on ${port}. Every daemon needs a port of its own; 0 takes any`,
  ])
}
