import { basicAuthorization } from '../oauth/request.ts'
import { makeToken } from './grants.ts'
import { CLIENT, clientSettings, formOf, type Pretend, refuse } from './pretend.ts'

const DEAD_TOKEN = 'Value passed for the token was invalid.'

/** Pretends to be X: a refresh token works once, and showing a used one again ends the grant. */
export const pretendX: Pretend = {
  platform: 'X',
  kind: null,
  app: 'X',
  prefix: '/x',
  settings: (origin) => clientSettings('X', origin),
  makeTokens: () => ({ accessToken: makeToken('xa_'), refreshToken: makeToken('xr_') }),

  routes(server, grants) {
    server.post('/2/oauth2/token', (request, reply) => {
      const form = formOf(request)
      if (request.headers.authorization !== basicAuthorization(CLIENT.id, CLIENT.secret)) {
        return refuse(reply, 401, 'unauthorized_client', 'Missing valid authorization header')
      }
      if (form.get('client_id') !== CLIENT.id) {
        return refuse(reply, 400, 'invalid_request', 'Missing required parameter [client_id].')
      }
      if (form.get('grant_type') !== 'refresh_token') {
        return refuse(reply, 400, 'unsupported_grant_type', 'Value passed for the grant type was invalid.')
      }
      const shown = form.get('refresh_token') ?? ''
      const grant = grants.find(shown)
      if (grant === undefined || grant.isDead || grant.refreshToken !== shown) {
        if (grant?.spent.has(shown)) grant.isDead = true
        return refuse(reply, 400, 'invalid_request', DEAD_TOKEN)
      }
      grants.renew(grant, { accessToken: makeToken('xa_'), refreshToken: makeToken('xr_') })
      return reply.send({
        token_type: 'bearer',
        expires_in: Math.round(grant.lifetimeMs / 1000),
        access_token: grant.accessToken,
        refresh_token: grant.refreshToken,
        scope: 'tweet.read tweet.write users.read offline.access',
      })
    })
  },
}
