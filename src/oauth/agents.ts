import { Agent, type Dispatcher } from 'undici'
import { type DpopNonces, rememberNonces } from './dpop-nonces.ts'
import { guardedConnector } from './guarded-connector.ts'
import type { HttpRequest } from './request.ts'

/** The connections of one app: its own pool, so that one platform's trouble does not occupy another's sockets. */
export interface Agents extends AsyncDisposable {
  for(request: HttpRequest): Dispatcher
  /** What the servers want to find in the next proof. */
  readonly nonces: DpopNonces
}

/** Answers are small; a larger one is a mistake or an attack. */
const MAX_ANSWER_BYTES = 256 * 1024

/** @param connections how many sockets may be open to one origin */
export function openAgents(options: { connections: number; allowPrivateNetwork: boolean }): Agents {
  const connect = { timeout: 10_000, allowH2: false }
  const limits = {
    connections: options.connections,
    maxResponseSize: MAX_ANSWER_BYTES,
    // Over HTTP/1.1 we see the moment at which the first byte leaves; the total deadline is in send.ts.
    allowH2: false,
    headersTimeout: 0,
    bodyTimeout: 0,
    // Shorter than platforms keep an idle connection: a request on a socket that is being closed has no answer.
    keepAliveTimeout: 4000,
    keepAliveMaxTimeout: 30_000,
  }
  const platform = new Agent({ ...limits, connect })
  const account = options.allowPrivateNetwork ? platform : new Agent({ ...limits, connect: guardedConnector(connect) })

  return {
    for: (request) => (request.hostFrom === 'account' ? account : platform),
    nonces: rememberNonces(),
    async [Symbol.asyncDispose]() {
      // Whoever sent something has its answer by now.
      await Promise.all([...new Set([platform, account])].map((agent) => agent.destroy()))
    },
  }
}
