import { generateKeyPairSync } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { readPrivateJwk } from '../private-jwk.ts'
import { openProofChecker, type ProofChecker } from './dpop-proofs.ts'
import { type Grants, makeToken } from './grants.ts'
import { formOf, type Pretend, refuse } from './pretend.ts'
import { plcSettings } from './pretend-plc.ts'

const TOKEN_PATH = '/oauth/token'
const CLIENT_PATH = '/client-metadata.json'

const originOf = ({ protocol, host }: FastifyRequest) => `${protocol}://${host}`

/**
 * Pretends to be a Bluesky server that is its own authorization server: demands a proof with its nonce, and a refresh
 * token that is shown twice ends the session. Our client is a public one.
 */
export const pretendBlueskyOAuth: Pretend = {
  platform: 'BLUESKY',
  kind: 'oauth',
  app: 'BLUESKY',
  prefix: '',
  settings: (origin) => ({ BLUESKY_CLIENT_ID: `${origin}${CLIENT_PATH}`, ...plcSettings(origin) }),
  makeTokens: () => ({ accessToken: makeToken('ba_'), refreshToken: makeToken('ref-'), dpopKey: makeKey() }),
  describe: ({ externalId, dpopKey }, origin) => ({ credential: { did: externalId, issuer: origin, dpopKey } }),

  routes(server, grants) {
    const proofs = openProofChecker()
    server.get('/.well-known/oauth-protected-resource', (request, reply) =>
      reply.send({ resource: originOf(request), authorization_servers: [originOf(request)] }),
    )
    server.get('/.well-known/oauth-authorization-server', (request, reply) =>
      reply.send({ issuer: originOf(request), token_endpoint: `${originOf(request)}${TOKEN_PATH}` }),
    )
    server.get<{ Querystring: { did?: string } }>('/xrpc/com.atproto.sync.getRepoStatus', (request, reply) => {
      const { did = '' } = request.query
      if (grants.findAccount('BLUESKY', did) !== undefined) return reply.send({ did, active: true })
      return reply.code(400).send({ error: 'RepoNotFound', message: `Could not find repo for DID: ${did}` })
    })
    server.post(TOKEN_PATH, (request, reply) => answer(request, reply, { grants, proofs }))
  },
}

async function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  { grants, proofs }: { grants: Grants; proofs: ProofChecker },
) {
  reply.header('dpop-nonce', proofs.nonce())
  const form = formOf(request)
  const { dpop } = request.headers
  const proof = await proofs.check(typeof dpop === 'string' ? dpop : undefined, `${originOf(request)}${TOKEN_PATH}`)
  if (proof.kind === 'needs_nonce') {
    return refuse(reply, 400, 'use_dpop_nonce', 'Authorization server requires nonce in DPoP proof')
  }
  if (proof.kind === 'refused') {
    return refuse(reply.header('www-authenticate', 'DPoP'), 401, 'invalid_dpop_proof', proof.why)
  }
  if (form.get('client_id') !== `${originOf(request)}${CLIENT_PATH}`) {
    return refuse(reply, 400, 'invalid_client', 'Unknown client')
  }
  if (form.get('grant_type') !== 'refresh_token') {
    return refuse(reply, 400, 'unsupported_grant_type', 'Grant type not supported')
  }
  return rotate(form.get('refresh_token') ?? '', proof, { grants, reply })
}

function rotate(
  shown: string,
  key: { x: string; y: string },
  { grants, reply }: { grants: Grants; reply: FastifyReply },
) {
  const grant = grants.find(shown)
  const isReplay = grant?.spent.has(shown) === true
  if (grant === undefined || grant.isDead || (grant.refreshToken !== shown && !isReplay)) {
    return refuse(reply, 400, 'invalid_grant', 'Invalid refresh token')
  }
  // Whatever is wrong from here on, the session is over.
  if (isReplay || grant.dpopKey?.x !== key.x || grant.dpopKey.y !== key.y) {
    grant.isDead = true
    const why = isReplay ? 'Refresh token replayed' : 'DPoP proof does not match the expected JKT'
    return refuse(reply, 400, 'invalid_grant', why)
  }
  grants.renew(grant, { accessToken: makeToken('ba_'), refreshToken: makeToken('ref-') })
  return reply.send({
    access_token: grant.accessToken,
    token_type: 'DPoP',
    refresh_token: grant.refreshToken,
    scope: 'atproto transition:generic',
    expires_in: Math.round(grant.lifetimeMs / 1000),
    sub: grant.externalId,
  })
}

function makeKey() {
  const key = readPrivateJwk(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }))
  if (key === null) throw new Error('a new key is none')
  return key
}
