import type { Answer, HttpRequest } from '../oauth/request.ts'
import { asCode, asObject, asText } from '../untrusted-json.ts'
import { ask } from './ask.ts'
import type { Holder, Home } from './bluesky-issuer.ts'
import { readFallback } from './fallback.ts'
import type { NextExchange, Reading } from './strategy.ts'

/** Most accounts are Bluesky's own: what it says of our app counts for all. Any other server speaks for its own accounts. */
const BLUESKY = 'https://bsky.social'

/** Of `invalid_grant`: our signature was seen before, as if the same bytes had been sent twice. The session lives. */
const SEEN_BEFORE = /jti reused/i
/** Of `invalid_grant`: our request, or one of our keys is not the one that opened the session. */
const OUR_FAULT =
  /client credentials missing|invalid request payload|grant type is not allowed|does not match the expected jkt|different key|client authentication method mismatch|not issued to this client|dpop proof does not match/i
/** Of `invalid_grant`: says by itself why the session is over. */
const OVER = /replayed|expired|inactivity/i

/** Words by which a server refuses our app or our request, and leaves the session alone. */
const APP_REFUSED = [
  ...['invalid_client', 'invalid_client_metadata', 'invalid_dpop_proof', 'invalid_request', 'unauthorized_client'],
  ...['unsupported_grant_type', 'invalid_scope'],
]

/**
 * Reads why a token endpoint refused. The word decides, its description only refines: the texts are those of the
 * reference implementation.
 *
 * @see rfc6749#section-5.2
 */
export function readRefusal(answer: Answer, account: Holder & Pick<Home, 'pdsUrl'>): Reading | NextExchange {
  const { error, error_description: description } = asObject(answer.json)
  const code = asCode(error) ?? `HTTP ${answer.status}`
  const text = asText(description)
  const ourFault: Reading = {
    kind: 'app_misconfigured',
    code,
    ...(account.issuer === BLUESKY ? {} : { scope: 'account' as const }),
  }
  // It was sent with the newest nonce already.
  if (code === 'use_dpop_nonce') return { kind: 'transient', code }
  if (answer.status >= 500) return readFallback(answer, code)
  if (code === 'invalid_dpop_proof' && /replayed/i.test(text)) return { kind: 'transient', code }
  if (APP_REFUSED.includes(code)) return ourFault
  if (code !== 'invalid_grant') return readFallback(answer, code)

  if (SEEN_BEFORE.test(text)) return { kind: 'transient', code: 'jti_reused' }
  if (OUR_FAULT.test(text)) return ourFault
  if (OVER.test(text)) return { kind: 'token_expired', code }
  return askWhetherGone(account, code)
}

/** A withdrawn session and an account that was taken down look alike; the account's server tells them apart. */
function askWhetherGone({ did, pdsUrl }: Pick<Holder, 'did'> & Pick<Home, 'pdsUrl'>, code: string): NextExchange {
  const request: HttpRequest = {
    method: 'GET',
    url: `${pdsUrl}/xrpc/com.atproto.sync.getRepoStatus?did=${encodeURIComponent(did)}`,
    headers: { accept: 'application/json' },
    hostFrom: 'account',
    spendsToken: false,
  }
  const expired: Reading = { kind: 'token_expired', code }
  return ask(
    request,
    ({ status, json }) => {
      const body = asObject(json)
      const isGone = status === 200 && body.did === did && (body.status === 'takendown' || body.status === 'deleted')
      // The document of the DID has just said that the account lives here.
      return isGone || (status === 400 && body.error === 'RepoNotFound') ? { kind: 'revoked', code } : expired
    },
    expired,
  )
}
