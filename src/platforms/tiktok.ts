import type { Answer } from '../oauth/request.ts'
import { readRetryHintMs } from '../oauth/retry-hint.ts'
import { readLifetimeMs, readTokenResponse } from '../oauth/token-response.ts'
import { HOUR_MS, MINUTE_MS } from '../units.ts'
import { asCode, asObject } from '../untrusted-json.ts'
import { readFallback } from './fallback.ts'
import { readOpenId } from './open-id.ts'
import type { Reading, Strategy, Subject } from './strategy.ts'

const TRANSIENT = new Set(['server_error', 'temporarily_unavailable', 'internal_error'])

const OUR_FAULT = new Set([
  ...['invalid_client', 'unauthorized_client', 'invalid_request', 'invalid_scope'],
  ...['unsupported_grant_type', 'unsupported_response_type'],
])

/**
 * TikTok through Login Kit: every refresh gives a new refresh token and ends the old one, without any grace.
 *
 * Departs from RFC 6749 in that the client id is called `client_key`, and that an error may come with status 200 and in
 * three shapes: the body decides.
 *
 * @see {@link https://developers.tiktok.com/doc/oauth-user-access-token-management}
 */
export const tiktok: Strategy = {
  platform: 'TIKTOK_PERSONAL',
  kind: null,
  app: 'TIKTOK',
  title: 'TikTok',
  origin: 'https://open.tiktokapis.com',
  needs: ['clientId', 'clientSecret'],
  members: [],

  // The older pages say 24 hours, the newer ones 2.
  assumedLifetimeMs: 2 * HOUR_MS,
  dueShare: [0.75, 0.85],
  checkEveryMs: null,
  minimumAgeMs: 0,
  renewsItself: false,
  singleUse: true,
  graceMs: 0,
  replayEndsGrant: true,
  // No source shows which of the two TikTok looks at first.
  tellsClientFromGrant: false,

  canRenew: ({ refreshToken }) => refreshToken !== null,

  describe: ({ credential, baseUrl, clientId, clientSecret }) => ({
    method: 'POST',
    // Without the slash at the end it is another address.
    url: `${baseUrl}/v2/oauth/token/`,
    headers: { 'cache-control': 'no-cache' },
    form: {
      client_key: clientId ?? '',
      client_secret: clientSecret ?? '',
      grant_type: 'refresh_token',
      refresh_token: credential.refreshToken ?? '',
    },
    hostFrom: 'platform',
    spendsToken: true,
  }),

  read(answer, subject) {
    const { status, json } = answer
    const isSuccess = status >= 200 && status < 300
    const renewed = isSuccess ? readRenewed(answer, subject) : null
    if (renewed !== null) return renewed

    const error = readError(json)
    const code = error ?? `HTTP ${status}`
    if (status === 429 || code === 'rate_limit_exceeded') {
      const retryAfterMs = readRetryHintMs(answer, 'x-ratelimit-reset', subject.now) ?? MINUTE_MS
      return { kind: 'rate_limited', code, scope: 'app', retryAfterMs }
    }
    if (status >= 500 || TRANSIENT.has(code)) return { kind: 'transient', code }
    if (isSuccess && error === null) return { kind: 'transient', code: 'no_access_token' }
    if (code === 'invalid_grant') return { kind: 'token_expired', code }
    if (code === 'access_denied') {
      // Documented as "the owner or the server refused": the server may have been in trouble, twice in a row it is the owner.
      return subject.failing?.code === code ? { kind: 'revoked', code } : { kind: 'transient', code }
    }
    return OUR_FAULT.has(code) ? { kind: 'app_misconfigured', code } : readFallback(answer, code)
  },
}

function readRenewed(answer: Answer, { credential }: Subject): Reading | null {
  const tokens = readTokenResponse(answer)
  if (tokens === null) return null
  const body = asObject(answer.json)
  const changes = readOpenId(body, credential)
  if (changes === null) return { kind: 'unknown', code: 'other_account' }
  return {
    kind: 'renewed',
    tokens: { ...tokens, refreshTokenExpiresInMs: readLifetimeMs(body.refresh_expires_in), changes },
  }
}

/** The code of an error: of OAuth, of the gateway in front of it, or of the old version; null when there is none. */
function readError(json: unknown): string | null {
  const body = asObject(json)
  const ofGateway = asCode(asObject(body.error).code)
  const ofOldVersion = asCode(asObject(body.data).error_code)
  return (
    asCode(body.error) ??
    // Both say in their own way that nothing is wrong.
    (ofGateway === 'ok' ? null : ofGateway) ??
    (ofOldVersion === '0' ? null : ofOldVersion)
  )
}
