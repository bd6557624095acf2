import type { FastifyReply } from 'fastify'

/** Headers of every answer: it is data, so a browser is to do nothing with it but hand it over. */
export const SAFE_HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'interest-cohort=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const

/** Makes an answer the caller's own: kept by nobody else, and asked for again before each use. */
export function makePrivate(reply: FastifyReply): void {
  // What lets pages of other origins read has set its own already.
  const vary = reply.getHeader('vary')
  reply.header('cache-control', 'private, no-cache')
  reply.header('vary', [...(vary === undefined ? [] : [vary]), 'authorization', 'accept-encoding'].join(', '))
}
