import type { FastifyInstance } from 'fastify'
import { DAY_MS } from '../units.ts'
import { type Grants, makeToken } from './grants.ts'
import { refuseAsMeta } from './meta-refusal.ts'
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
    refreshRoute(server, grants, { grantType: 'ig_refresh_token', tokenPrefix: 'IGAA' })
    probeRoute(server, grants, { path: '/v25.0/me', idField: 'user_id' })
  },
}

/** Pretends to be Threads: the same at another address, with other words. */
export const pretendThreads: Pretend = {
  platform: 'THREADS',
  kind: null,
  app: 'THREADS',
  prefix: '/threads',
  settings: (origin) => ({ THREADS_BASE_URL: origin }),
  makeTokens: () => ({ accessToken: makeToken('THAA'), refreshToken: null }),

  routes(server, grants) {
    refreshRoute(server, grants, { grantType: 'th_refresh_token', tokenPrefix: 'THAA' })
    probeRoute(server, grants, { path: '/v1.0/me', idField: 'id' })
  },
}

type Query = { Querystring: Record<string, string> }

function refreshRoute(
  server: FastifyInstance,
  grants: Grants,
  { grantType, tokenPrefix }: { grantType: string; tokenPrefix: string },
): void {
  server.get<Query>('/refresh_access_token', (request, reply) => {
    const { grant_type: asked, access_token: shown = '' } = request.query
    if (asked !== grantType) return refuseAsMeta(reply, 100, 'Invalid parameter')
    const grant = grants.find(shown)
    if (grant === undefined || grant.isDead) return refuseAsMeta(reply, 190, 'Invalid OAuth access token')
    const ageMs = Date.now() - grant.issuedAtMs
    if (ageMs > grant.lifetimeMs) return refuseAsMeta(reply, [190, 463], 'Session has expired')
    // The real age is 24 hours; a pretend token may not live that long.
    if (ageMs < Math.min(DAY_MS, grant.lifetimeMs / 4)) return refuseAsMeta(reply, 100, 'The token is too young')
    grants.renew(grant, { accessToken: makeToken(tokenPrefix), refreshToken: null })
    const expiresIn = Math.round(grant.lifetimeMs / 1000)
    return reply.send({ access_token: grant.accessToken, token_type: 'bearer', expires_in: expiresIn })
  })
}

/** What a living token may always see. */
function probeRoute(
  server: FastifyInstance,
  grants: Grants,
  { path, idField }: { path: string; idField: string },
): void {
  server.get<Query>(path, (request, reply) => {
    const grant = grants.find(request.query.access_token ?? '')
    if (grant === undefined || grant.isDead) return refuseAsMeta(reply, 190, 'Invalid OAuth access token')
    if (Date.now() - grant.issuedAtMs > grant.lifetimeMs) return refuseAsMeta(reply, [190, 463], 'Session has expired')
    return reply.send({ [idField]: grant.externalId, username: grant.handle.slice(1) })
  })
}
