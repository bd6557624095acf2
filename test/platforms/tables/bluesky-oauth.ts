import { blueskyOAuth } from '../../../src/platforms/bluesky-oauth.ts'
import { row, type Table } from './row.ts'

const grant = (description: string) => ({ error: 'invalid_grant', error_description: description })
const page = '<html>Bad Gateway</html>'
const nonce = { 'dpop-nonce': 'newer' }
const wantsNonce = { error: 'use_dpop_nonce', error_description: 'Authorization server requires nonce in DPoP proof' }

/**
 * The answers of the token endpoint alone: the look-ups before it (DID, server, issuer) and after it (the account's
 * state) are requests without a token, which the reader of the table answers as for an account that lives where it was
 * connected; the simulator does the same by itself. The issuer is nobody's but the account's own.
 */
export const blueskyOAuthTable: Table = {
  strategy: blueskyOAuth,
  rows: [
    row(400, wantsNonce, 'transient'),
    {
      answers: [
        [400, wantsNonce, nonce],
        [400, wantsNonce, nonce],
      ],
      outcome: 'transient',
    },
    {
      answers: [
        [401, wantsNonce, nonce],
        [400, grant('Refresh token replayed')],
      ],
      outcome: 'token_expired',
    },
    {
      answers: [
        [400, wantsNonce, nonce],
        [500, { error: 'server_error' }],
      ],
      outcome: 'transient',
    },

    row(400, grant('private_key_jwt jti reused'), 'transient'),
    row(400, grant('Client credentials missing'), 'app_misconfigured'),
    row(400, grant('Invalid request payload: refresh_token'), 'app_misconfigured'),
    row(400, grant('"refresh_token" grant type is not allowed for this client'), 'app_misconfigured'),
    row(400, grant('DPoP proof does not match the expected JKT'), 'app_misconfigured'),
    row(
      400,
      grant('The session was initiated with a different key than the client assertion currently used'),
      'app_misconfigured',
    ),
    row(400, grant('Client authentication method mismatch (expected none)'), 'app_misconfigured'),
    row(400, grant('Token was not issued to this client'), 'app_misconfigured'),

    row(400, grant('Refresh token replayed'), 'token_expired'),
    row(400, grant('Refresh token expired'), 'token_expired'),
    row(400, grant('Session expired'), 'token_expired'),
    row(400, grant('Refresh token exceeded inactivity timeout'), 'token_expired'),
    row(400, grant('Invalid refresh token'), 'token_expired'),
    row(400, grant('Words that another server uses'), 'token_expired'),
    row(400, { error: 'invalid_grant' }, 'token_expired'),

    row(
      400,
      { error: 'invalid_client', error_description: '"iat" claim timestamp is in the future' },
      'app_misconfigured',
    ),
    row(
      400,
      { error: 'invalid_client', error_description: 'no applicable key found in the JSON Web Key Set' },
      'app_misconfigured',
    ),
    row(401, { error: 'invalid_client' }, 'app_misconfigured'),
    row(
      400,
      { error: 'invalid_client_metadata', error_description: 'Failed to fetch client information' },
      'app_misconfigured',
    ),
    row(401, { error: 'invalid_dpop_proof', error_description: 'DPoP "htu" mismatch' }, 'app_misconfigured', {
      'www-authenticate': 'DPoP error="invalid_dpop_proof"',
    }),
    row(401, { error: 'invalid_dpop_proof', error_description: 'DPoP proof replayed' }, 'transient'),
    row(400, { error: 'invalid_request', error_description: 'Missing client_id' }, 'app_misconfigured'),
    row(400, { error: 'unauthorized_client' }, 'app_misconfigured'),
    row(400, { error: 'unsupported_grant_type' }, 'app_misconfigured'),

    row(429, { error: 'slow_down' }, 'rate_limited', { 'retry-after': '60' }),
    row(429, page, 'rate_limited'),
    row(500, { error: 'server_error' }, 'transient'),
    row(500, { error: 'invalid_grant' }, 'transient'),
    row(502, page, 'transient'),
    row(503, {}, 'transient'),
    row(404, page, 'transient'),
    row(403, page, 'transient'),
    row(200, page, 'transient'),
    row(200, {}, 'transient'),
    row(200, { access_token: '', sub: 'did:plc:aaaaaaaaaaaaaaaaaaaaaaaa' }, 'transient'),
    row(200, { access_token: 'a', refresh_token: 'r', sub: 'did:plc:aaaaaaaaaaaaaaaaaaaaaaaa' }, 'unknown'),
    row(200, { access_token: 'a', refresh_token: 'r' }, 'unknown'),
    row(400, { error: 'something_new' }, 'unknown'),
    row(401, {}, 'unknown'),
  ],
}
