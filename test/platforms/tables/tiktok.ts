import { tiktok } from '../../../src/platforms/tiktok.ts'
import { type Row, row, type Table } from './row.ts'

/** The three shapes of an error: of OAuth, of the gateway in front of it, of the old version. */
const oauth = (error: string, description = 'words') => ({
  error,
  error_description: description,
  log_id: '2026112312',
})
const gateway = (code: string) => ({ error: { code, message: 'words', log_id: '2026112312' }, data: {} })
const old = (error_code: number) => ({ data: { error_code, description: 'words' }, message: 'error' })
const page = '<html>Bad Gateway</html>'

const whateverTheStatus = (error: string, outcome: Row['outcome']) =>
  [200, 400, 401].map((status) => row(status, oauth(error), outcome))

export const tiktokTable: Table = {
  strategy: tiktok,
  rows: [
    ...whateverTheStatus('invalid_grant', 'token_expired'),
    ...whateverTheStatus('invalid_client', 'app_misconfigured'),
    ...whateverTheStatus('unauthorized_client', 'app_misconfigured'),
    ...whateverTheStatus('invalid_request', 'app_misconfigured'),
    ...whateverTheStatus('unsupported_grant_type', 'app_misconfigured'),
    ...whateverTheStatus('unsupported_response_type', 'app_misconfigured'),
    ...whateverTheStatus('invalid_scope', 'app_misconfigured'),
    // The first time; what a second one means is tested beside the table.
    ...whateverTheStatus('access_denied', 'transient'),
    row(403, oauth('access_denied'), 'transient'),
    ...whateverTheStatus('server_error', 'transient'),
    ...whateverTheStatus('temporarily_unavailable', 'transient'),
    row(400, gateway('invalid_grant'), 'token_expired'),
    row(429, gateway('rate_limit_exceeded'), 'rate_limited'),
    row(200, gateway('rate_limit_exceeded'), 'rate_limited'),
    row(429, {}, 'rate_limited', { 'x-ratelimit-reset': '90' }),
    row(429, page, 'rate_limited'),
    row(429, oauth('invalid_grant'), 'rate_limited'),
    row(401, gateway('access_token_invalid'), 'unknown'),
    row(401, gateway('scope_not_authorized'), 'unknown'),
    row(401, gateway('scope_permission_missed'), 'unknown'),
    row(500, gateway('internal_error'), 'transient'),
    row(200, gateway('internal_error'), 'transient'),
    row(500, oauth('invalid_grant'), 'transient'),
    row(500, page, 'transient'),
    row(502, page, 'transient'),
    row(503, '', 'transient'),
    row(504, page, 'transient'),
    row(400, page, 'transient'),
    row(403, page, 'transient'),
    row(200, {}, 'transient'),
    row(200, { token_type: 'Bearer', expires_in: 7200 }, 'transient'),
    row(200, { access_token: '', open_id: 'x' }, 'transient'),
    row(200, { error: { code: 'ok', message: '' }, data: {} }, 'transient'),
    row(200, { data: { error_code: 0 }, message: 'success' }, 'transient'),
    row(200, page, 'transient'),
    row(200, old(10_010), 'unknown'),
    row(400, old(10_002), 'unknown'),
    row(200, oauth('something_else'), 'unknown'),
    row(400, oauth('something_else'), 'unknown'),
    row(400, {}, 'unknown'),
    row(404, { message: 'Not Found' }, 'unknown'),
  ],
}
