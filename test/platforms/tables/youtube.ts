import { youtube } from '../../../src/platforms/youtube.ts'
import { row, type Table } from './row.ts'

const grant = (description: string, more: object = {}) => ({
  error: 'invalid_grant',
  error_description: description,
  ...more,
})
const client = (error: string, description: string) => ({ error, error_description: description })
const limitPage =
  '<HTML><HEAD><TITLE>User Rate Limit Exceeded</TITLE></HEAD><BODY><H1>User Rate Limit Exceeded</H1></BODY></HTML>'
const page = '<html><title>Error 502 (Server Error)!!1</title></html>'

export const youtubeTable: Table = {
  strategy: youtube,
  rows: [
    row(400, grant('Token has been expired or revoked.'), 'token_expired'),
    row(400, grant('Bad Request'), 'token_expired'),
    row(400, { error: 'invalid_grant' }, 'token_expired'),
    row(400, grant('Account has been deleted'), 'revoked'),
    row(400, grant('The account has been deleted'), 'revoked'),
    row(400, grant('Account has been disabled.'), 'revoked'),
    row(400, grant('The account is suspended'), 'revoked'),
    row(
      400,
      grant('reauth related error (invalid_rapt)', {
        error_uri: 'https://support.google.com/a/answer/9368756',
        error_subtype: 'invalid_rapt',
      }),
      'token_expired',
    ),
    row(400, grant('reauth related error (rapt_required)', { error_subtype: 'rapt_required' }), 'token_expired'),
    row(400, client('admin_policy_enforced', 'Blocked by the administrator'), 'revoked'),
    row(403, { error: 'admin_policy_enforced' }, 'revoked'),
    row(400, client('access_denied', 'Account restricted'), 'revoked'),
    row(403, client('access_denied', 'Account restricted'), 'revoked'),
    row(403, client('access_denied', 'something else'), 'unknown'),
    row(401, client('invalid_client', 'The OAuth client was not found.'), 'app_misconfigured'),
    row(401, client('invalid_client', 'The provided client secret is invalid.'), 'app_misconfigured'),
    row(401, client('invalid_client', 'Unauthorized'), 'app_misconfigured'),
    row(401, client('deleted_client', 'The OAuth client was deleted.'), 'app_misconfigured'),
    row(401, client('disabled_client', 'The OAuth client was disabled.'), 'app_misconfigured'),
    row(400, client('disabled_client', 'The OAuth client was disabled.'), 'app_misconfigured'),
    row(401, client('unauthorized_client', 'Unauthorized'), 'app_misconfigured'),
    row(400, client('unauthorized_client', 'Unauthorized'), 'app_misconfigured'),
    row(401, grant('Bad Request'), 'app_misconfigured'),
    row(400, client('invalid_request', 'client_secret is missing.'), 'app_misconfigured'),
    row(400, { error: 'invalid_scope' }, 'app_misconfigured'),
    row(400, client('unsupported_grant_type', 'Invalid grant_type: '), 'app_misconfigured'),
    row(403, limitPage, 'rate_limited'),
    row(403, { error: 'rate_limit_exceeded' }, 'rate_limited'),
    row(429, {}, 'rate_limited'),
    row(429, page, 'rate_limited', { 'retry-after': '40' }),
    row(408, { error: 'timeout' }, 'transient'),
    row(408, page, 'transient'),
    row(500, { error: 'internal_failure' }, 'transient'),
    row(500, grant('Token has been expired or revoked.'), 'transient'),
    row(502, page, 'transient'),
    row(503, page, 'transient'),
    row(504, '', 'transient'),
    ...['internal_failure', 'server_error', 'temporarily_unavailable'].flatMap((word) => [
      row(400, { error: word }, 'transient'),
      row(403, client('invalid_grant', word), 'transient'),
    ]),
    row(403, page, 'transient'),
    row(400, page, 'transient'),
    row(200, { expires_in: 3599, token_type: 'Bearer' }, 'transient'),
    row(200, { access_token: ' ' }, 'transient'),
    row(200, page, 'transient'),
    row(400, {}, 'unknown'),
    row(400, { error: 'org_internal' }, 'unknown'),
    row(403, { error: { code: 403, message: 'Forbidden', status: 'PERMISSION_DENIED' } }, 'unknown'),
    row(403, grant('Bad Request'), 'unknown'),
    row(404, { error: 'not_found' }, 'unknown'),
  ],
}
