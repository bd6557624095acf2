import type { FastifyReply, FastifyRequest } from 'fastify'
import { DAY_MS } from '../units.ts'
import { asObject, asText, parseJson } from '../untrusted-json.ts'
import { makeToken } from './grants.ts'
import { CLIENT, clientSettings, type Pretend } from './pretend.ts'

/** Pretends to be TikTok for Business: JSON in an envelope, status 200 whatever happens, and rotating. */
export const pretendTiktokBusiness: Pretend = {
  platform: 'TIKTOK_BUSINESS',
  kind: null,
  app: 'TIKTOK_BUSINESS',
  prefix: '/tiktok-business',
  settings: (origin) => clientSettings('TIKTOK_BUSINESS', origin),
  makeTokens: () => ({ accessToken: makeToken('act.b'), refreshToken: makeToken('rft.b') }),

  routes(server, grants) {
    server.post('/open_api/v1.3/tt_user/oauth2/refresh_token/', (request, reply) => {
      const body = readJson(request)
      if (body === null) return answer(reply, 40_002, 'The body is not JSON')
      if (body.client_id !== CLIENT.id) return answer(reply, 40_113, 'The app does not exist')
      if (body.client_secret !== CLIENT.secret) return answer(reply, 40_101, 'The app id and secret do not match')
      if (body.grant_type !== 'refresh_token') return answer(reply, 40_108, 'The grant_type is not valid')
      const shown = asText(body.refresh_token)
      if (shown === '') return answer(reply, 40_002, 'refresh_token: Missing data for required field.')
      const grant = grants.find(shown)
      if (grant === undefined || grant.isDead || grant.refreshToken !== shown) {
        if (grant?.spent.has(shown)) grant.isDead = true
        return answer(reply, 40_107, 'The refresh token is incorrect')
      }
      grants.renew(grant, { accessToken: makeToken('act.b'), refreshToken: makeToken('rft.b') })
      return answer(reply, 0, 'OK', {
        access_token: grant.accessToken,
        expires_in: Math.round(grant.lifetimeMs / 1000),
        refresh_token: grant.refreshToken,
        refresh_token_expires_in: (365 * DAY_MS) / 1000,
        open_id: grant.externalId,
        scope: 'user.info.basic,video.publish',
        token_type: 'Bearer',
      })
    })

    server.post('/open_api/v1.3/tt_user/token_info/get/', (request, reply) => {
      const body = readJson(request)
      if (body === null || body.app_id !== CLIENT.id) return answer(reply, 40_002, 'app_id: Missing data')
      const grant = grants.find(asText(body.access_token))
      if (grant === undefined || grant.isDead) return answer(reply, 40_105, 'The access token is incorrect or revoked')
      if (grant.issuedAtMs + grant.lifetimeMs <= Date.now())
        return answer(reply, 40_102, 'The access token has expired')
      return answer(reply, 0, 'OK', { app_id: CLIENT.id, creator_id: grant.externalId, scope: 'user.info.basic' })
    })
  },
}

function readJson({ headers, body }: FastifyRequest): Readonly<Record<string, unknown>> | null {
  const json = headers['content-type'] === 'application/json' ? parseJson(asText(body)) : undefined
  return json === undefined ? null : asObject(json)
}

/** The envelope of every answer; that of an error has an empty `data`. */
const answer = (reply: FastifyReply, code: number, message: string, data: object = {}) =>
  reply.code(200).send({ code, message, request_id: 'demo', data })
