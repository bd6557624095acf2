import { randomUUID } from 'node:crypto'
import type { FastifyReply } from 'fastify'
import { DAY_MS, HOUR_MS } from '../units.ts'
import type { Grant, Grants } from './grants.ts'
import type { Pretend } from './pretend.ts'
import { plcRoutes, plcSettings } from './pretend-plc.ts'

const GRACE_MS = 2 * HOUR_MS
const REFRESH_LIFETIME_MS = 90 * DAY_MS

/** Pretends to be a Bluesky server: a used refresh token gets the same successor for two hours. */
export const pretendPds: Pretend = {
  platform: 'BLUESKY',
  kind: 'app_password',
  app: 'BLUESKY',
  // The address of a server has no path.
  prefix: '',
  settings: plcSettings,
  makeTokens: (externalId, lifetimeMs) => ({
    accessToken: makeJwt({ externalId }, 'com.atproto.access', lifetimeMs),
    refreshToken: makeJwt({ externalId }, 'com.atproto.refresh', REFRESH_LIFETIME_MS),
  }),
  describe: ({ externalId }, origin) => ({ credential: { pdsUrl: origin, did: externalId } }),

  routes(server, grants) {
    plcRoutes(server, grants)
    server.post('/xrpc/com.atproto.server.refreshSession', (request, reply) => {
      if (typeof request.body === 'string' && request.body !== '') {
        return refuse(reply, 400, 'InvalidRequest', 'A request body was provided when none was expected')
      }
      const shown = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1]
      if (shown === undefined) return refuse(reply, 401, 'AuthMissing', 'Authentication Required')
      const grant = grants.find(shown)
      if (grant === undefined) return refuse(reply, 400, 'InvalidToken', 'Token could not be verified')
      if (grant.accessToken === shown) return refuse(reply, 400, 'InvalidToken', 'Invalid token type')
      if (grant.isDead) return refuse(reply, 400, 'ExpiredToken', 'Token has been revoked')
      return answer(shown, grant, grants, reply)
    })
  },
}

function answer(shown: string, grant: Grant, grants: Grants, reply: FastifyReply) {
  const used = grant.spent.get(shown)
  if (used !== undefined && Date.now() - used.atMs > GRACE_MS) {
    return refuse(reply, 400, 'ExpiredToken', 'Token has been revoked')
  }
  const accessToken = makeJwt(grant, 'com.atproto.access', grant.lifetimeMs)
  const successor = used?.successor ?? makeJwt(grant, 'com.atproto.refresh', REFRESH_LIFETIME_MS)
  if (used === undefined) grants.renew(grant, { accessToken, refreshToken: successor })
  return reply.send({
    accessJwt: accessToken,
    refreshJwt: successor,
    did: grant.externalId,
    handle: grant.handle,
    active: true,
  })
}

/** Looks like the real thing: the lifetime is read from it. The signature is noise. */
function makeJwt(grant: Pick<Grant, 'externalId'>, scope: string, lifetimeMs: number): string {
  const iat = Math.floor(Date.now() / 1000)
  const claims = { scope, sub: grant.externalId, iat, exp: iat + Math.round(lifetimeMs / 1000), jti: randomUUID() }
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${encode({ typ: 'at+jwt', alg: 'HS256' })}.${encode(claims)}.${encode({ noise: randomUUID() })}`
}

const refuse = (reply: FastifyReply, status: number, error: string, message: string) =>
  reply.code(status).send({ error, message })
