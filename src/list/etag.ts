import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Fingerprint } from '../database/visible-accounts.ts'

/** Raised when the same rows are shown in another way, so that what callers keep of the old way counts as changed. */
const REPRESENTATION = 1

/** The hash of what an answer says, where nothing else tells what it consists of. */
export const hashOf = (text: string | Uint8Array): string =>
  String(createHash('sha256').update(text).digest().readBigInt64BE())

/**
 * Labels an answer by what it consists of.
 *
 * Weak: the same rows are the same answer, compressed or not.
 *
 * @returns true when the caller has this very answer already, and 304 is all that it needs
 * @see {@link https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2}
 */
export function isKnownToCaller(request: FastifyRequest, reply: FastifyReply, { count, hash }: Fingerprint): boolean {
  const tag = `"${REPRESENTATION}.${count}.${BigInt(hash).toString(36)}"`
  reply.header('etag', `W/${tag}`)
  const known = request.headers['if-none-match']
  if (known === undefined) return false
  return known.trim() === '*' || known.split(',').some((one) => one.trim().replace(/^W\//, '') === tag)
}
