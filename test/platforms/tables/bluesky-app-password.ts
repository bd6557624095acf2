import { blueskyAppPassword } from '../../../src/platforms/bluesky-app-password.ts'
import { row, type Table } from './row.ts'

const error = (name: string, message = 'words') => ({ error: name, message })
const page = '<html>Not Found</html>'

/**
 * The answers of `refreshSession` for an account without a stored app password. Look-ups of the DID carry no token: the
 * reader of the table answers them as for an account that lives where it was connected, the simulator by itself.
 */
export const blueskyAppPasswordTable: Table = {
  strategy: blueskyAppPassword,
  rows: [
    row(400, error('ExpiredToken', 'Token has expired'), 'token_expired'),
    row(400, error('ExpiredToken', 'Token has been revoked'), 'token_expired'),
    row(400, error('InvalidToken', 'Token could not be verified'), 'token_expired'),
    row(400, error('InvalidToken', 'Malformed authorization header'), 'app_misconfigured'),
    row(400, error('InvalidRequest', 'Could not find user info for account: did:plc:x'), 'revoked'),
    row(400, error('InvalidRequest', 'A request body was provided when none was expected'), 'app_misconfigured'),
    row(401, error('AuthMissing', 'Authentication Required'), 'app_misconfigured'),
    row(401, error('AccountTakedown'), 'revoked'),
    row(403, error('AccountNotFound'), 'revoked'),
    row(404, {}, 'transient'),
    row(404, page, 'transient'),
    row(501, error('MethodNotImplemented'), 'transient'),
    row(200, page, 'transient'),
    row(403, page, 'transient'),
    row(429, error('RateLimitExceeded'), 'rate_limited', { 'retry-after': '60' }),
    row(429, error('RateLimitExceeded'), 'rate_limited', { 'ratelimit-reset': '1795435200' }),
    row(500, error('InternalServerError'), 'transient'),
    row(502, error('UpstreamFailure'), 'transient'),
    row(503, error('NotEnoughResources'), 'transient'),
    row(504, error('UpstreamTimeout'), 'transient'),
    row(502, page, 'transient'),
    row(200, {}, 'transient'),
    row(200, { accessJwt: 'a', refreshJwt: 'r', did: 'did:plc:aaaaaaaaaaaaaaaaaaaaaaaa' }, 'unknown'),
    row(400, error('SomethingNew'), 'unknown'),
    row(401, error('AuthenticationRequired'), 'unknown'),
  ],
}
