import { x } from '../../../src/platforms/x.ts'
import { row, type Table } from './row.ts'

const dead = 'Value passed for the token was invalid.'
const grantType =
  'Value passed for the grant type was invalid. Grant type should be one of [authorization_code, refresh_token].'
const page = '<html>Attention Required! | Cloudflare</html>'

export const xTable: Table = {
  strategy: x,
  rows: [
    row(400, { error: 'invalid_request', error_description: dead }, 'token_expired'),
    row(400, { error: 'invalid_grant', error_description: dead }, 'token_expired'),
    row(
      400,
      { error: 'invalid_request', error_description: 'Missing required parameter [client_id].' },
      'app_misconfigured',
    ),
    row(
      400,
      { error: 'invalid_request', error_description: 'Missing required parameter [refresh_token].' },
      'app_misconfigured',
    ),
    row(400, { error: 'invalid_request', error_description: grantType }, 'app_misconfigured'),
    row(400, { error: 'unsupported_grant_type' }, 'app_misconfigured'),
    row(400, { error: 'something_else' }, 'app_misconfigured'),
    row(
      401,
      { error: 'unauthorized_client', error_description: 'Missing valid authorization header' },
      'app_misconfigured',
    ),
    row(400, { error: 'invalid_client' }, 'app_misconfigured'),
    row(401, { error: 'invalid_client' }, 'app_misconfigured'),
    row(401, { error: 'invalid_request', error_description: dead }, 'app_misconfigured'),
    row(403, { title: 'Client Forbidden', reason: 'client-not-enrolled', type: 'about:blank' }, 'app_misconfigured'),
    row(402, { title: 'CreditsDepleted' }, 'app_misconfigured'),
    row(403, { title: 'CreditsDepleted' }, 'app_misconfigured'),
    row(403, page, 'transient'),
    row(400, page, 'transient'),
    row(429, { errors: [{ code: 88, message: 'Rate limit exceeded' }] }, 'rate_limited'),
    row(429, { title: 'Too Many Requests', type: 'about:blank', status: 429 }, 'rate_limited', { 'retry-after': '60' }),
    row(429, page, 'rate_limited'),
    row(500, { error: 'invalid_grant' }, 'transient'),
    row(502, page, 'transient'),
    row(503, '', 'transient'),
    row(504, page, 'transient'),
    row(200, { token_type: 'bearer' }, 'transient'),
    row(200, { access_token: ' ' }, 'transient'),
    row(200, page, 'transient'),
    row(400, {}, 'unknown'),
    row(400, ['strange'], 'unknown'),
    row(404, { error: 'not_found' }, 'unknown'),
    row(302, {}, 'unknown'),
  ],
}
