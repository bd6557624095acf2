import type { FastifyReply } from 'fastify'
import { DAY_MS } from '../units.ts'
import { makeToken } from './grants.ts'
import { CLIENT, clientSettings, formOf, type Pretend } from './pretend.ts'

/** Pretends to be TikTok: a refresh token works once, used again it ends the grant, and errors come with status 200. */
export const pretendTiktok: Pretend = {
  platform: 'TIKTOK_PERSONAL',
  kind: null,
  app: 'TIKTOK',
  prefix: '/tiktok',
  settings: (origin) => clientSettings('TIKTOK', origin),
  makeTokens: () => ({ accessToken: makeToken('act.'), refreshToken: makeToken('rft.') }),

  routes(server, grants) {
    server.post('/v2/oauth/token/', (request, reply) => {
      const form = formOf(request)
      if (request.headers['content-type'] !== 'application/x-www-form-urlencoded') {
        return refuse(reply, 'invalid_request', 'Only `application/x-www-form-urlencoded` is accepted as Content-Type.')
      }
      if (form.get('client_key') !== CLIENT.id || form.get('client_secret') !== CLIENT.secret) {
        return refuse(reply, 'invalid_client', 'Client key or secret is incorrect.')
      }
      if (form.get('grant_type') !== 'refresh_token') return refuse(reply, 'unsupported_grant_type', 'words')
      const shown = form.get('refresh_token') ?? ''
      if (shown === '') return refuse(reply, 'invalid_request', 'The request parameters are malformed.')
      const grant = grants.find(shown)
      if (grant === undefined || grant.isDead || grant.refreshToken !== shown) {
        if (grant?.spent.has(shown)) grant.isDead = true
        return refuse(reply, 'invalid_grant', 'Refresh token is invalid or expired.')
      }
      grants.renew(grant, { accessToken: makeToken('act.'), refreshToken: makeToken('rft.') })
      return reply.send({
        access_token: grant.accessToken,
        expires_in: Math.round(grant.lifetimeMs / 1000),
        refresh_token: grant.refreshToken,
        refresh_expires_in: (180 * DAY_MS) / 1000,
        open_id: grant.externalId,
        scope: 'user.info.basic,video.publish',
        token_type: 'Bearer',
      })
    })
  },
}

const refuse = (reply: FastifyReply, error: string, description: string) =>
  reply.code(200).send({ error, error_description: description, log_id: 'demo' })
