// Opens OAuth sessions without a browser: the first pair of tokens comes from the provider's own token manager, and the
// client's metadata is handed to it instead of being fetched. Everything that happens to the tokens afterwards is real.
import { randomBytes } from 'node:crypto'

const SCOPE = 'atproto transition:generic'

/** Makes the provider know a client, or, when it is down, forget it: then it fetches what cannot be fetched here. */
export async function registerClient(pds, { clientId, jwk, isDown }) {
  const manager = pds.ctx.oauthProvider.clientManager
  manager.knownClients ??= handOut(manager)
  if (isDown) manager.knownClients.delete(clientId)
  else manager.knownClients.set(clientId, describeClient(clientId, jwk))
}

function handOut(manager) {
  const known = new Map()
  const fetchMetadata = manager.getDiscoverableClientMetadata.bind(manager)
  manager.getDiscoverableClientMetadata = async (id) =>
    known.has(id) ? manager.validateClientMetadata(id, structuredClone(known.get(id))) : fetchMetadata(id)
  return known
}

function describeClient(clientId, jwk) {
  const isConfidential = jwk !== undefined
  return {
    client_id: clientId,
    client_name: 'tests',
    application_type: 'web',
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    redirect_uris: [new URL('/callback', clientId).href],
    scope: SCOPE,
    dpop_bound_access_tokens: true,
    token_endpoint_auth_method: isConfidential ? 'private_key_jwt' : 'none',
    ...(isConfidential ? { token_endpoint_auth_signing_alg: 'ES256', jwks: { keys: [jwk] } } : {}),
  }
}

/** Opens a session for an account; `clientAuth` is how the client authenticated when it was opened. */
export async function openSession(pds, { clientId, did, dpopThumbprint, clientAuth }) {
  const { clientManager, tokenManager } = pds.ctx.oauthProvider
  const { access_token, refresh_token, expires_in } = await tokenManager.createToken(
    await clientManager.getClient(clientId),
    clientAuth,
    { ipAddress: '127.0.0.1' },
    { did, pds: pds.ctx.cfg.service.did },
    null,
    {
      client_id: clientId,
      response_type: 'code',
      scope: SCOPE,
      dpop_jkt: dpopThumbprint,
      redirect_uri: new URL('/callback', clientId).href,
      code_challenge: 'x'.repeat(43),
      code_challenge_method: 'S256',
    },
    `cod-${randomBytes(32).toString('hex')}`,
  )
  return { accessToken: access_token, refreshToken: refresh_token, expiresInS: expires_in }
}
