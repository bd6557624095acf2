import { makeToken } from './grants.ts'
import { CLIENT, clientSettings, formOf, type Pretend, refuse } from './pretend.ts'

/** Pretends to be Google: the refresh token stays, and no answer repeats it. */
export const pretendYoutube: Pretend = {
  platform: 'YOUTUBE',
  kind: null,
  app: 'YOUTUBE',
  prefix: '/youtube',
  settings: (origin) => clientSettings('YOUTUBE', origin),
  makeTokens: () => ({ accessToken: makeToken('ya29.'), refreshToken: makeToken('1//') }),

  routes(server, grants) {
    server.post('/token', (request, reply) => {
      const form = formOf(request)
      if (form.get('client_id') !== CLIENT.id) {
        return refuse(reply, 401, 'invalid_client', 'The OAuth client was not found.')
      }
      if (!form.has('client_secret')) return refuse(reply, 400, 'invalid_request', 'client_secret is missing.')
      if (form.get('client_secret') !== CLIENT.secret) {
        return refuse(reply, 401, 'invalid_client', 'The provided client secret is invalid.')
      }
      if (form.get('grant_type') !== 'refresh_token') {
        return refuse(reply, 400, 'unsupported_grant_type', `Invalid grant_type: ${form.get('grant_type') ?? ''}`)
      }
      const shown = form.get('refresh_token') ?? ''
      const grant = grants.find(shown)
      if (grant === undefined || grant.refreshToken !== shown) {
        return refuse(reply, 400, 'invalid_grant', 'Bad Request')
      }
      if (grant.isDead) return refuse(reply, 400, 'invalid_grant', 'Token has been expired or revoked.')
      grants.renew(grant, { accessToken: makeToken('ya29.'), refreshToken: shown })
      return reply.send({
        access_token: grant.accessToken,
        expires_in: Math.round(grant.lifetimeMs / 1000),
        scope: 'https://www.googleapis.com/auth/youtube.upload',
        token_type: 'Bearer',
      })
    })
  },
}
