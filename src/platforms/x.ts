import { basicAuthorization } from '../oauth/request.ts'
import { readRetryHintMs } from '../oauth/retry-hint.ts'
import { readTokenResponse } from '../oauth/token-response.ts'
import { MINUTE_MS } from '../units.ts'
import { asCode, asObject, asText } from '../untrusted-json.ts'
import { readFallback } from './fallback.ts'
import type { Strategy } from './strategy.ts'

/** X says `invalid_request` for a dead token too; only the description tells it from a mistake in our request. */
const DEAD_TOKEN = /value passed for the token was invalid/i

/** X counts in windows of 15 minutes. */
const RATE_LIMIT_WINDOW_MS = 15 * MINUTE_MS

/**
 * X: OAuth 2.0 with a refresh token that works once, without any grace.
 *
 * Departs from RFC 6749 in that a confidential client sends `client_id` in the body as well, that a dead grant may be
 * `invalid_request`, and that a wrong secret is `unauthorized_client`.
 *
 * @see {@link https://docs.x.com/fundamentals/authentication/oauth-2-0/user-access-token}
 * @see rfc6749#section-6
 */
export const x: Strategy = {
  platform: 'X',
  kind: null,
  app: 'X',
  title: 'X',
  origin: 'https://api.x.com',
  needs: ['clientId'],
  members: [],

  assumedLifetimeMs: 120 * MINUTE_MS,
  dueShare: [0.75, 0.85],
  checkEveryMs: null,
  minimumAgeMs: 0,
  renewsItself: false,
  singleUse: true,
  graceMs: 0,
  replayEndsGrant: true,
  tellsClientFromGrant: true,

  canRenew: ({ refreshToken }) => refreshToken !== null,

  describe: ({ credential, baseUrl, clientId, clientSecret }) => ({
    method: 'POST',
    url: `${baseUrl}/2/oauth2/token`,
    headers: clientSecret === null ? {} : { authorization: basicAuthorization(clientId ?? '', clientSecret) },
    form: {
      grant_type: 'refresh_token',
      refresh_token: credential.refreshToken ?? '',
      client_id: clientId ?? '',
    },
    hostFrom: 'platform',
    spendsToken: true,
  }),

  read(answer, { now }) {
    const { status, json } = answer
    const body = asObject(json)
    const code = asCode(body.error) ?? asCode(body.title) ?? `HTTP ${status}`

    if (status === 429) {
      const hintMs = readRetryHintMs(answer, 'x-rate-limit-reset', now)
      return { kind: 'rate_limited', code, scope: 'app', retryAfterMs: hintMs ?? RATE_LIMIT_WINDOW_MS }
    }
    if (status >= 200 && status < 300) {
      const tokens = readTokenResponse(answer)
      if (tokens === null) return { kind: 'transient', code: 'no_access_token' }
      return { kind: 'renewed', tokens: { ...tokens, refreshTokenExpiresInMs: null } }
    }
    // The edge in front of X answers with pages of its own.
    if (status >= 500 || json === undefined) return { kind: 'transient', code }

    const clientRefused = code === 'invalid_client' || code === 'unauthorized_client'
    if (clientRefused || status === 401) return { kind: 'app_misconfigured', code }
    if (status === 400 && typeof body.error === 'string') {
      const isDead = code === 'invalid_request' && DEAD_TOKEN.test(asText(body.error_description))
      return { kind: isDead || code === 'invalid_grant' ? 'token_expired' : 'app_misconfigured', code }
    }
    // Not enrolled, suspended, or out of credits.
    if (status === 402 || status === 403) return { kind: 'app_misconfigured', code }
    return readFallback(answer, code)
  },
}
