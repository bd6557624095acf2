import { createBullBoard } from '@bull-board/api'
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import { FastifyAdapter } from '@bull-board/fastify'
import type { Queue } from 'bullmq'
import fastify, { type FastifyInstance } from 'fastify'
import { type Config, ConfigError } from '../config.ts'
import { configuredApps } from '../platforms/registry.ts'
import type { Queues } from '../queue/queues.ts'

/** What is for operators alone, at an address of its own. */
export interface Admin extends AsyncDisposable {
  readonly url: string
}

const BOARD = '/queues'

/** The page asks for a font of another origin, and may not have it: it says what runs here, and needs no internet. */
const HEADERS = {
  'content-security-policy':
    "default-src 'self'; base-uri 'self'; font-src 'self' data:; form-action 'none'; frame-ancestors 'none'; img-src 'self' data:; style-src 'self' 'unsafe-inline'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const

/**
 * Starts bull-board at `/queues`: BullMQ's queues to look at, without a key and without a way to change them. A job
 * holds an id and a trigger, nothing secret.
 *
 * @throws {ConfigError} when another process listens there
 */
export async function startAdmin(
  { config, queues }: { config: Config; queues: Queues },
  { host, port }: { host: string; port: number },
): Promise<Admin> {
  const server = fastify({ forceCloseConnections: true })
  guard(server, host)
  const adapter = new FastifyAdapter().setBasePath(BOARD)
  createBullBoard({
    // It takes a queue of either backend, and its types know one of Redis.
    queues: queues
      .open(configuredApps(config))
      .map((queue) => new BullMQAdapter(queue as unknown as Queue, { readOnlyMode: true })),
    serverAdapter: adapter,
    options: { uiConfig: { boardTitle: 'token-refresh-worker' } },
  })
  await server.register(adapter.registerPlugin(), { prefix: BOARD })
  const url = await server.listen({ host, port }).catch(async (error) => {
    await server.close()
    if (error.code !== 'EADDRINUSE') throw error
    throw new ConfigError([`ADMIN_PORT: another process listens on ${port}. Every daemon needs one of its own`])
  })
  return { url: `${url}${BOARD}`, [Symbol.asyncDispose]: () => server.close() }
}

function guard(server: FastifyInstance, host: string): void {
  server.addHook('onRequest', async (request, reply) => {
    reply.headers(HEADERS)
    // A page of another origin whose name is made to mean this machine would else be let in as if it were ours.
    if (isLoopback(host) && !isLoopback(request.hostname)) return reply.code(403).send('Ask for it by its address.\n')
    if (request.method === 'GET' || request.method === 'HEAD') return
    return reply.code(405).header('allow', 'GET').send('The queues can only be looked at.\n')
  })
}

const isLoopback = (name: string) => /^(localhost|127(\.\d+){3}|\[?::1\]?)$/.test(name)
