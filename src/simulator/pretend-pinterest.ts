import type { FastifyReply } from 'fastify'
import { basicAuthorization } from '../oauth/request.ts'
import { DAY_MS } from '../units.ts'
import { makeToken } from './grants.ts'
import { CLIENT, clientSettings, formOf, type Pretend } from './pretend.ts'

const REFRESH_LIFETIME_S = (60 * DAY_MS) / 1000

/** Pretends to be Pinterest: a new refresh token each time, and showing a used one again ends the grant. */
export const pretendPinterest: Pretend = {
  platform: 'PINTEREST',
  kind: null,
  app: 'PINTEREST',
  prefix: '/pinterest',
  settings: (origin) => clientSettings('PINTEREST', origin),
  makeTokens: () => ({ accessToken: makeToken('pina_'), refreshToken: makeToken('pinr.') }),

  routes(server, grants) {
    server.post('/v5/oauth/token', (request, reply) => {
      const form = formOf(request)
      if (request.headers.authorization !== basicAuthorization(CLIENT.id, CLIENT.secret)) {
        return refuse(reply, 401, 2, 'Authentication failed.')
      }
      if (form.get('grant_type') !== 'refresh_token') return refuse(reply, 400, 1, 'Invalid grant_type')
      const shown = form.get('refresh_token') ?? ''
      if (shown === '') return refuse(reply, 400, 1, 'Missing refresh_token')
      const grant = grants.find(shown)
      if (grant === undefined || grant.isDead || grant.refreshToken !== shown) {
        if (grant?.spent.has(shown)) grant.isDead = true
        return refuse(reply, 401, 283, 'The authorization grant is invalid')
      }
      grants.renew(grant, { accessToken: makeToken('pina_'), refreshToken: makeToken('pinr.') })
      return reply.send({
        response_type: 'refresh_token',
        access_token: grant.accessToken,
        token_type: 'bearer',
        expires_in: Math.round(grant.lifetimeMs / 1000),
        scope: 'boards:read,pins:read,pins:write',
        refresh_token: grant.refreshToken,
        refresh_token_expires_in: REFRESH_LIFETIME_S,
        refresh_token_expires_at: Math.round(Date.now() / 1000) + REFRESH_LIFETIME_S,
      })
    })
  },
}

const refuse = (reply: FastifyReply, status: number, code: number, message: string) =>
  reply.code(status).send({ code, message })
