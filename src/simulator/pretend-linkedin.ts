import type { FastifyInstance, FastifyReply } from 'fastify'
import { DAY_MS } from '../units.ts'
import { type Grants, makeToken } from './grants.ts'
import { CLIENT, clientSettings, formOf, type Pretend, refuse } from './pretend.ts'

const DEAD_GRANT = 'The provided authorization grant or refresh token is invalid, expired or revoked'
const REFRESH_LIFETIME_MS = 365 * DAY_MS

/** Pretends to be LinkedIn for people: the refresh token stays the same and can be shown again and again. */
export const pretendLinkedinPerson: Pretend = {
  platform: 'LINKEDIN_PERSON',
  kind: null,
  app: 'LINKEDIN',
  prefix: '/linkedin',
  settings: (origin) => clientSettings('LINKEDIN', origin),
  makeTokens: () => ({ accessToken: makeToken('AQX'), refreshToken: makeToken('AQW') }),
  routes,
}

/** Pretends to be LinkedIn for pages, which is the same. */
export const pretendLinkedinCompany: Pretend = { ...pretendLinkedinPerson, platform: 'LINKEDIN_COMPANY' }

function routes(server: FastifyInstance, grants: Grants): void {
  server.post('/oauth/v2/accessToken', (request, reply) => {
    const form = formOf(request)
    for (const parameter of ['grant_type', 'refresh_token', 'client_id', 'client_secret']) {
      if (!form.get(parameter)) {
        return refuse(reply, 400, 'invalid_request', `A required parameter "${parameter}" is missing`)
      }
    }
    const refused = refuseClient(form, reply)
    if (refused !== null) return refused
    if (form.get('grant_type') !== 'refresh_token') return refuse(reply, 400, 'unsupported_grant_type', 'words')
    const grant = grants.find(form.get('refresh_token') ?? '')
    if (grant === undefined || grant.isDead || grant.refreshToken !== form.get('refresh_token')) {
      return refuse(reply, 400, 'invalid_grant', DEAD_GRANT)
    }
    grants.renew(grant, { accessToken: makeToken('AQX'), refreshToken: grant.refreshToken })
    return reply.send({
      access_token: grant.accessToken,
      expires_in: Math.round(grant.lifetimeMs / 1000),
      refresh_token: grant.refreshToken,
      refresh_token_expires_in: REFRESH_LIFETIME_MS / 1000,
      scope: 'r_basicprofile,w_member_social',
    })
  })

  server.post('/oauth/v2/introspectToken', (request, reply) => {
    const form = formOf(request)
    const refused = refuseClient(form, reply)
    if (refused !== null) return refused
    const grant = grants.find(form.get('token') ?? '')
    if (grant === undefined) return reply.send({ active: false })
    const expiresAtMs = grant.issuedAtMs + grant.lifetimeMs
    const status = grant.isDead ? 'revoked' : expiresAtMs <= Date.now() ? 'expired' : 'active'
    return reply.send({
      active: status === 'active',
      status,
      client_id: CLIENT.id,
      expires_at: Math.round(expiresAtMs / 1000),
      auth_type: '3L',
    })
  })
}

function refuseClient(form: URLSearchParams, reply: FastifyReply) {
  if (form.get('client_id') !== CLIENT.id) {
    return refuse(reply, 400, 'invalid_client_id', 'The passed in client_id is invalid')
  }
  const isOurs = form.get('client_secret') === CLIENT.secret
  return isOurs ? null : refuse(reply, 401, 'invalid_client', 'Client authentication failed')
}
