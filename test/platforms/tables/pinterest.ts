import { pinterest } from '../../../src/platforms/pinterest.ts'
import { row, type Table } from './row.ts'

const grant = { code: 283, message: 'The authorization grant is invalid' }
const page = '<html><title>502 Bad Gateway</title></html>'

export const pinterestTable: Table = {
  strategy: pinterest,
  rows: [
    row(401, grant, 'token_expired'),
    row(400, grant, 'token_expired'),
    row(401, { ...grant, status: 'failure' }, 'token_expired'),
    row(401, { ...grant, code: '283' }, 'token_expired'),
    row(401, { ...grant, data: 'Invalid grant' }, 'token_expired'),
    row(
      401,
      { status: 'failure', ...grant, data: 'Invalid Application ID', endpoint_name: 'oauth_connect' },
      'app_misconfigured',
    ),
    row(401, { ...grant, data: { reason: 'Invalid Application ID' } }, 'app_misconfigured'),
    row(401, { code: 2, message: 'Authentication failed.' }, 'app_misconfigured'),
    row(401, { status: 'failure', code: 2, message: 'Authentication failed.' }, 'app_misconfigured'),
    row(400, { code: 1, message: 'Missing parameter refresh_token' }, 'app_misconfigured'),
    row(403, { code: 29, message: 'You are not permitted to access that resource.' }, 'app_misconfigured'),
    row(403, { code: 4321, message: 'Your Trial access does not include this.' }, 'app_misconfigured'),
    row(404, { code: 0, message: 'Not found' }, 'app_misconfigured'),
    row(404, page, 'app_misconfigured'),
    row(429, { code: 8, message: 'You have exceeded your rate limit. Try again later.' }, 'rate_limited'),
    row(429, { code: 8, message: 'You have exceeded your rate limit.' }, 'rate_limited', { 'x-ratelimit-reset': '45' }),
    row(400, { code: 8, message: 'You have exceeded your rate limit.' }, 'rate_limited'),
    row(429, page, 'rate_limited'),
    row(429, grant, 'rate_limited'),
    row(500, grant, 'transient'),
    row(500, { code: 12, message: 'Something went wrong on our end.' }, 'transient'),
    row(502, page, 'transient'),
    row(503, '', 'transient'),
    row(504, page, 'transient'),
    row(401, page, 'transient'),
    row(403, page, 'transient'),
    row(200, { response_type: 'refresh_token', token_type: 'bearer' }, 'transient'),
    row(200, grant, 'transient'),
    row(200, page, 'transient'),
    row(401, { code: 3, message: 'something else' }, 'unknown'),
    row(401, {}, 'unknown'),
    row(403, { code: 4321, message: 'something else' }, 'unknown'),
    row(400, { error: 'invalid_grant' }, 'unknown'),
    row(302, {}, 'unknown'),
  ],
}
