import { linkedinCompany, linkedinPerson } from '../../../src/platforms/linkedin.ts'
import { type Row, row, type Table, type Wire } from './row.ts'

const dead = 'The provided authorization grant or refresh token is invalid, expired or revoked'
const page = '<html><body><h1>Service Unavailable</h1></body></html>'

/** A dead grant, and what the access token's introspection says then. */
const deadGrant = (error: string, description: string, introspection: Wire, outcome: Row['outcome']): Row => ({
  answers: [[400, { error, error_description: description }], introspection],
  outcome,
})
const introspected = (status: string): Wire => [200, { active: status === 'active', status, auth_type: '3L' }]

const missing = (parameter: string) =>
  row(
    400,
    { error: 'invalid_request', error_description: `A required parameter "${parameter}" is missing` },
    'app_misconfigured',
  )

const rows: readonly Row[] = [
  deadGrant('invalid_grant', dead, introspected('revoked'), 'revoked'),
  deadGrant('invalid_grant', dead, introspected('expired'), 'token_expired'),
  deadGrant('invalid_grant', `${dead}.`, introspected('active'), 'token_expired'),
  deadGrant('invalid_request', dead, introspected('revoked'), 'revoked'),
  deadGrant('invalid_request', `${dead}.`, introspected('expired'), 'token_expired'),
  deadGrant('invalid_grant', 'Token has been expired or revoked.', introspected('expired'), 'token_expired'),
  // A token of another app, a token that is none, a wrong secret, a limit, trouble, a page.
  deadGrant('invalid_grant', dead, [200, { active: false }], 'token_expired'),
  deadGrant('invalid_grant', dead, [400, { error: 'invalid_request' }], 'token_expired'),
  deadGrant('invalid_grant', dead, [401, { error: 'invalid_client' }], 'token_expired'),
  deadGrant('invalid_grant', dead, [429, { status: 429 }], 'token_expired'),
  deadGrant('invalid_grant', dead, [503, page], 'token_expired'),
  deadGrant('invalid_grant', dead, [500, { status: 'revoked' }], 'token_expired'),
  ...['refresh_token', 'grant_type', 'client_id', 'client_secret', 'redirect_uri', 'code'].map(missing),
  row(401, { error: 'invalid_client', error_description: 'Client authentication failed' }, 'app_misconfigured'),
  row(401, { error: 'invalid_client_id' }, 'app_misconfigured'),
  row(
    400,
    { error: 'invalid_client_id', error_description: 'The passed in client_id is invalid "abc"' },
    'app_misconfigured',
  ),
  row(400, { error: 'access_denied', error_description: 'Refresh token not allowed' }, 'not_yet_refreshable'),
  row(401, { error: 'access_denied', error_description: 'Refresh token not allowed' }, 'not_yet_refreshable'),
  row(
    401,
    {
      error: 'access_denied',
      error_description: 'This application is not allowed to create application tokens',
    },
    'app_misconfigured',
  ),
  row(401, { error: 'invalid_grant', error_description: dead }, 'app_misconfigured'),
  row(401, { status: 401, serviceErrorCode: 65600, message: 'Invalid access token' }, 'app_misconfigured'),
  row(400, { error: 'unsupported_grant_type' }, 'app_misconfigured'),
  row(
    429,
    {
      message: 'Resource level throttle limit for calls to this resource is reached.',
      serviceErrorCode: 101,
      status: 429,
    },
    'rate_limited',
  ),
  row(429, page, 'rate_limited'),
  row(429, { error: 'x' }, 'rate_limited', { 'retry-after': '60' }),
  row(500, { error: 'invalid_grant', error_description: dead }, 'transient'),
  row(500, { message: 'access token downstream verification failure', status: 500 }, 'transient'),
  row(502, page, 'transient'),
  row(503, page, 'transient'),
  row(504, '', 'transient'),
  row(400, page, 'transient'),
  row(403, page, 'transient'),
  row(200, { expires_in: 5_184_000 }, 'transient'),
  row(200, { access_token: '' }, 'transient'),
  row(200, page, 'transient'),
  row(400, {}, 'unknown'),
  row(400, { error: 'something_else' }, 'unknown'),
  row(400, { error: 'access_denied' }, 'unknown'),
  row(403, { status: 403, serviceErrorCode: 100, message: 'Not enough permissions' }, 'unknown'),
  row(404, { error: 'not_found' }, 'unknown'),
]

export const linkedinPersonTable: Table = { strategy: linkedinPerson, rows }
export const linkedinCompanyTable: Table = { strategy: linkedinCompany, rows }
