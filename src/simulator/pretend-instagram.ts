import type { FastifyReply } from 'fastify'
import { DAY_MS } from '../units.ts'
import { makeToken } from './grants.ts'
import type { Pretend } from './pretend.ts'

/** Pretends to be Instagram: the access token renews itself, not too young and not after its end. */
export const pretendInstagram: Pretend = {
  platform: 'INSTAGRAM',
  kind: 'instagram_login',
  app: 'INSTAGRAM',
  prefix: '/instagram',
  settings: (origin) => ({ INSTAGRAM_BASE_URL: origin }),
  makeTokens: () => ({ accessToken: makeToken('IGAA'), refreshToken: null }),

  routes(server, grants) {
    server.get<{ Querystring: Record<string, string> }>('/refresh_access_token', (request, reply) => {
      const { grant_type: grantType, access_token: shown = '' } = request.query
      if (grantType !== 'ig_refresh_token') return refuse(reply, 100, undefined, 'Invalid parameter')
      const grant = grants.find(shown)
      if (grant === undefined || grant.isDead) return refuse(reply, 190, undefined, 'Invalid OAuth access token')
      const ageMs = Date.now() - grant.issuedAtMs
      if (ageMs > grant.lifetimeMs) return refuse(reply, 190, 463, 'Session has expired')
      // The real age is 24 hours; a pretend token may not live that long.
      if (ageMs < Math.min(DAY_MS, grant.lifetimeMs / 4)) return refuse(reply, 100, undefined, 'The token is too young')
      grants.renew(grant, { accessToken: makeToken('IGAA'), refreshToken: null })
      const expiresIn = Math.round(grant.lifetimeMs / 1000)
      return reply.send({ access_token: grant.accessToken, token_type: 'bearer', expires_in: expiresIn })
    })
  },
}

const refuse = (reply: FastifyReply, code: number, subcode: number | undefined, message: string) =>
  reply.code(400).send({ error: { message, type: 'OAuthException', code, error_subcode: subcode, fbtrace_id: 'demo' } })
