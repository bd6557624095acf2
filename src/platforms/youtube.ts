import type { Answer } from '../oauth/request.ts'
import { readRetryHintMs } from '../oauth/retry-hint.ts'
import { readLifetimeMs, readTokenResponse } from '../oauth/token-response.ts'
import { HOUR_MS } from '../units.ts'
import { asCode, asObject, asText } from '../untrusted-json.ts'
import { readFallback } from './fallback.ts'
import type { Reading, Strategy } from './strategy.ts'

/** Google's own clients try again on these, whatever the status, and wherever of the two members they stand. */
const TRANSIENT = new Set(['internal_failure', 'server_error', 'temporarily_unavailable'])

/** Our client or our request. `unauthorized_client`: the refresh token is another client's, so we have changed ours. */
const OUR_FAULT = new Set([
  ...['invalid_client', 'deleted_client', 'disabled_client', 'unauthorized_client'],
  ...['invalid_request', 'invalid_scope', 'unsupported_grant_type'],
])

/**
 * YouTube, through Google's OAuth: the refresh token stays the same for years, and can be shown any number of times.
 *
 * Departs from RFC 6749 only in errors of its own: `admin_policy_enforced`, `deleted_client`, and pages.
 *
 * @see {@link https://developers.google.com/identity/protocols/oauth2/web-server#offline}
 */
export const youtube: Strategy = {
  platform: 'YOUTUBE',
  kind: null,
  app: 'YOUTUBE',
  title: 'YouTube',
  origin: 'https://oauth2.googleapis.com',
  needs: ['clientId', 'clientSecret'],
  members: [],

  assumedLifetimeMs: HOUR_MS,
  dueShare: [0.75, 0.85],
  checkEveryMs: null,
  minimumAgeMs: 0,
  renewsItself: false,
  singleUse: false,
  graceMs: 0,
  replayEndsGrant: false,
  tellsClientFromGrant: true,

  canRenew: ({ refreshToken }) => refreshToken !== null,

  describe: ({ credential, baseUrl, clientId, clientSecret }) => ({
    method: 'POST',
    url: `${baseUrl}/token`,
    form: {
      grant_type: 'refresh_token',
      refresh_token: credential.refreshToken ?? '',
      client_id: clientId ?? '',
      client_secret: clientSecret ?? '',
    },
    hostFrom: 'platform',
    spendsToken: true,
  }),

  read(answer, { now }) {
    const { status, json } = answer
    const body = asObject(json)
    const code = asCode(body.error) ?? `HTTP ${status}`
    if (status >= 200 && status < 300) {
      const tokens = readTokenResponse(answer)
      if (tokens === null) return { kind: 'transient', code: 'no_access_token' }
      const refreshTokenExpiresInMs = readLifetimeMs(body.refresh_token_expires_in)
      return { kind: 'renewed', tokens: { ...tokens, refreshTokenExpiresInMs } }
    }
    if (isLimit(answer, code)) {
      const retryAfterMs = readRetryHintMs(answer, 'x-ratelimit-reset', now)
      return { kind: 'rate_limited', code, scope: 'app', retryAfterMs }
    }
    const isTransient = TRANSIENT.has(code) || TRANSIENT.has(asText(body.error_description))
    if (isTransient || status >= 500 || status === 408 || json === undefined) return { kind: 'transient', code }
    return readRefusal(answer, code)
  },
}

/** Under many refreshes at once Google answers with a page, which only its text tells from an edge in trouble. */
function isLimit({ status, page }: Answer, code: string): boolean {
  const isLimitPage = status === 403 && /user rate limit exceeded/i.test(page ?? '')
  return status === 429 || isLimitPage || code === 'rate_limit_exceeded'
}

function readRefusal(answer: Answer, code: string): Reading {
  const { status, json } = answer
  const body = asObject(json)
  const description = asText(body.error_description)
  if (status < 400) return readFallback(answer, code)
  if (code === 'admin_policy_enforced') return { kind: 'revoked', code }
  if (code === 'access_denied' && /account restricted/i.test(description)) return { kind: 'revoked', code }
  if (OUR_FAULT.has(code) || status === 401) return { kind: 'app_misconfigured', code }
  if (code === 'invalid_grant' && status === 400) {
    const isGone = /\baccount\b.*\b(deleted|disabled|suspended)\b/i.test(description)
    // `invalid_rapt` and its kin: the administrator's limit on sessions, of use to whoever reads the history.
    return { kind: isGone ? 'revoked' : 'token_expired', code: asCode(body.error_subtype) ?? code }
  }
  return readFallback(answer, code)
}
