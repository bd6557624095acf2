import { Type } from 'typebox'

/** Of an answer that is written by hand, as Fastify labels its own. */
export const JSON_TYPE = 'application/json; charset=utf-8'

/** The failures that every address below `/api/v1` may answer with, for the description. */
export const failures = {
  401: failure('Missing, malformed, unknown or revoked key.'),
  429: failure('Too many requests of this key, or of this address without a good key.', {
    'Retry-After': { type: 'string', description: 'Seconds to wait before the next try.' },
  }),
  default: failure('Any other failure.'),
} as const

/** A failure of one kind: the same envelope as all, with its own words. */
export function failure(description: string, headers?: Readonly<Record<string, object>>) {
  return {
    description,
    ...(headers === undefined ? {} : { headers }),
    content: { 'application/json': { schema: Type.Ref('ErrorEnvelope#') } },
  }
}

/** A good answer. */
export const success = (description: string, schema: object) => ({
  description,
  content: { 'application/json': { schema } },
})
