import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { isDatabaseAway } from '../database/away.ts'
import { envelope, Problem } from './problem.ts'

const RETRY_AFTER_S = 5

/** Answers every failure with the envelope: what the caller did wrong, or that we failed; never how. */
export function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const problem = problemOf(error)
  if (problem.statusCode >= 500) request.log.error({ err: error, requestId: request.id }, 'a request failed')
  if (problem.code === 'SERVICE_UNAVAILABLE') reply.header('retry-after', String(RETRY_AFTER_S))
  reply.header('x-request-id', request.id).code(problem.statusCode).send(envelope(problem, request.id))
}

function problemOf(error: FastifyError | Problem): Problem {
  if (error instanceof Problem) return error
  if (error.validation !== undefined) {
    const name = error.validation[0]?.instancePath.slice(1).split('/')[0]
    return new Problem('VALIDATION_FAILED', `The ${name ? `${name} ` : ''}parameter is not valid.`)
  }
  if (error.statusCode !== undefined && error.statusCode < 500) {
    return new Problem('VALIDATION_FAILED', 'The request is not valid.')
  }
  if (isDatabaseAway(error)) return new Problem('SERVICE_UNAVAILABLE', 'The service is not available at the moment.')
  return new Problem('INTERNAL_ERROR', 'Something failed on our side.')
}
