import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { isDatabaseAway } from '../database/away.ts'
import { SECOND_MS } from '../units.ts'
import { SAFE_HEADERS } from './headers.ts'
import { envelope, Problem } from './problem.ts'
import { noSuchAccount } from './scope.ts'

const RETRY_AFTER_MS = 5 * SECOND_MS

/** Answers every failure with the envelope: what the caller did wrong, or that we failed; never how. */
export function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const problem = problemOf(error)
  // A caller that has gone takes its query with it: that is no failure of ours.
  if (problem.statusCode >= 500 && !reply.raw.destroyed)
    request.log.error({ err: error, requestId: request.id }, 'a request failed')
  reply.code(problem.statusCode).headers(headersOf(problem, request.id)).send(envelope(problem, request.id))
}

/** Answers on the socket what is not even a request, such as an address or headers beyond all measure. */
export function answerBrokenRequest(error: Error & { code?: string }, socket: Socket, requestId: string): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const isTooLong = error.code === 'HPE_HEADER_OVERFLOW'
  const problem = new Problem(
    'VALIDATION_FAILED',
    isTooLong ? 'The address and headers of the request are too long.' : 'This is not a request that can be read.',
  )
  const body = JSON.stringify(envelope(problem, requestId))
  const headers = Object.entries({
    ...headersOf(problem, requestId),
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  })
  const head = `HTTP/1.1 ${problem.statusCode} ${STATUS_CODES[problem.statusCode]}`
  socket.end([head, ...headers.map(([name, value]) => `${name}: ${value}`), '', body].join('\r\n'))
}

function headersOf({ code, extras }: Problem, requestId: string): Record<string, string> {
  return {
    ...SAFE_HEADERS,
    'x-request-id': requestId,
    'cache-control': 'no-store',
    ...(extras.retryAfterMs === undefined ? {} : { 'retry-after': String(Math.ceil(extras.retryAfterMs / SECOND_MS)) }),
    ...(code === 'UNAUTHORIZED' ? { 'www-authenticate': 'Bearer' } : {}),
    ...(code === 'METHOD_NOT_ALLOWED' ? { allow: 'GET' } : {}),
  }
}

function problemOf(error: FastifyError | Problem): Problem {
  if (error instanceof Problem) return error
  // An id that none of ours can be is unknown like any other.
  if (error.validationContext === 'params') return noSuchAccount()
  if (error.validation !== undefined) return new Problem('VALIDATION_FAILED', sayWhatIsWrong(error.validation[0]))
  if (error.statusCode !== undefined && error.statusCode < 500) {
    return new Problem('VALIDATION_FAILED', 'The request is not valid.')
  }
  if (isDatabaseAway(error)) {
    const retryAfterMs = RETRY_AFTER_MS
    return new Problem('SERVICE_UNAVAILABLE', 'The service is not available at the moment.', { retryAfterMs })
  }
  return new Problem('INTERNAL_ERROR', 'Something failed on our side.')
}

function sayWhatIsWrong(trouble: NonNullable<FastifyError['validation']>[number] | undefined): string {
  const name = trouble?.instancePath.slice(1).split('/')[0]
  if (name) return `The ${name} parameter is not valid.`
  const unknown = trouble?.params.additionalProperty
  // Quoted back only when it looks like a name.
  if (typeof unknown === 'string' && /^\w{1,64}$/.test(unknown)) return `There is no parameter ${unknown}.`
  return 'A parameter is not valid.'
}
