import type { FastifyReply } from 'fastify'

/** An error as all Meta hosts write it: nearly always 400, whatever has happened. */
export function refuseAsMeta(
  reply: FastifyReply,
  code: number | readonly [code: number, subcode: number],
  message: string,
  type = 'OAuthException',
) {
  const [number, subcode] = typeof code === 'number' ? [code] : code
  return reply.code(400).send({ error: { message, type, code: number, error_subcode: subcode, fbtrace_id: 'demo' } })
}
