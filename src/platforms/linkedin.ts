import type { Answer, HttpRequest } from '../oauth/request.ts'
import { readRetryHintMs } from '../oauth/retry-hint.ts'
import { readTokenResponse } from '../oauth/token-response.ts'
import { DAY_MS, MINUTE_MS } from '../units.ts'
import { asCode, asObject, asText } from '../untrusted-json.ts'
import { readFallback } from './fallback.ts'
import { precheckCap, readRefreshTokenLifetimeMs } from './linkedin-cap.ts'
import type { NextExchange, Reading, Strategy, Subject } from './strategy.ts'

/** LinkedIn writes this below `invalid_grant` and below `invalid_request`, with and without a dot at the end. */
const DEAD_GRANT = /grant or refresh token is invalid, expired or revoked/i

/** The words for mistakes in our request and for an app that is not what the settings say. */
const OUR_FAULT = new Set([
  ...['invalid_request', 'unsupported_grant_type', 'invalid_scope', 'unauthorized_client'],
  ...['invalid_client', 'invalid_client_id'],
])

const LEAST_WAIT_MS = 15 * MINUTE_MS

/**
 * A member of LinkedIn, whose token publishes as that person. The refresh token does not rotate: it comes back as it was
 * and ends 365 days after the consent, and no access token outlives it.
 *
 * Departs from RFC 6749 in that the client authenticates in the body, and that a dead grant may be `invalid_request`.
 *
 * @see {@link https://learn.microsoft.com/en-us/linkedin/shared/authentication/programmatic-refresh-tokens}
 */
export const linkedinPerson: Strategy = {
  platform: 'LINKEDIN_PERSON',
  kind: null,
  app: 'LINKEDIN',
  title: 'LinkedIn',
  origin: 'https://www.linkedin.com',
  needs: ['clientId', 'clientSecret'],
  members: [],

  assumedLifetimeMs: 60 * DAY_MS,
  dueShare: [0.75, 0.85],
  checkEveryMs: null,
  minimumAgeMs: 0,
  renewsItself: false,
  singleUse: false,
  graceMs: 0,
  replayEndsGrant: false,
  tellsClientFromGrant: true,

  // An app without the entitlement to refresh gets no refresh token.
  canRenew: ({ refreshToken }) => refreshToken !== null,

  precheck: precheckCap,

  describe: (subject) => ({
    ...post(subject, '/oauth/v2/accessToken', {
      grant_type: 'refresh_token',
      refresh_token: subject.credential.refreshToken ?? '',
    }),
    spendsToken: true,
  }),

  read(answer, subject) {
    const { status, json } = answer
    const body = asObject(json)
    const code = asCode(body.error) ?? asCode(body.serviceErrorCode) ?? `HTTP ${status}`
    const description = asText(body.error_description)

    if (status === 429) return readLimit(answer, code, subject)
    if (status >= 200 && status < 300) {
      const tokens = readTokenResponse(answer)
      if (tokens === null) return { kind: 'transient', code: 'no_access_token' }
      return {
        kind: 'renewed',
        tokens: { ...tokens, refreshTokenExpiresInMs: readRefreshTokenLifetimeMs(body, subject) },
      }
    }
    if (status >= 500 || json === undefined) return { kind: 'transient', code }

    // The app has no entitlement to refresh (any more): nothing is wrong with the account.
    if (code === 'access_denied' && /refresh token not allowed/i.test(description))
      return { kind: 'cannot_renew', code }
    if (status === 401) return { kind: 'app_misconfigured', code }
    if (status === 400 && (code === 'invalid_grant' || DEAD_GRANT.test(description))) return askWhy(code, subject)
    return OUR_FAULT.has(code) ? { kind: 'app_misconfigured', code } : readFallback(answer, code)
  },
}

/** A page at LinkedIn. It has no token of its own: a member who manages it publishes for it. */
export const linkedinCompany: Strategy = { ...linkedinPerson, platform: 'LINKEDIN_COMPANY' }

function post(
  { baseUrl, clientId, clientSecret }: Subject,
  path: string,
  form: Readonly<Record<string, string>>,
): Omit<HttpRequest, 'spendsToken'> {
  return {
    method: 'POST',
    url: `${baseUrl}${path}`,
    form: { ...form, client_id: clientId ?? '', client_secret: clientSecret ?? '' },
    hostFrom: 'platform',
  }
}

/**
 * The grant is dead in LinkedIn's own words; only the access token's introspection says whether it was withdrawn.
 * Whatever else comes of it, the refusal stands.
 *
 * @see {@link https://learn.microsoft.com/en-us/linkedin/shared/authentication/token-introspection}
 */
function askWhy(code: string, subject: Subject): NextExchange {
  const expired: Reading = { kind: 'token_expired', code }
  const request = post(subject, '/oauth/v2/introspectToken', { token: subject.credential.accessToken })
  return {
    kind: 'ask',
    exchange: {
      request: { ...request, spendsToken: false },
      read: ({ status, json }) =>
        status === 200 && asObject(json).status === 'revoked' ? { kind: 'revoked', code } : expired,
      unanswered: expired,
    },
  }
}

/**
 * LinkedIn gives no hint and counts until 00:00 UTC. Waiting as long as the limit has lasted already doubles the wait
 * from try to try.
 */
function readLimit(answer: Answer, code: string, { failing, now }: Subject): Reading {
  const lastedMs = failing?.code === code ? now.getTime() - failing.since.getTime() : 0
  const untilMidnightMs = DAY_MS - (now.getTime() % DAY_MS)
  const waitMs = Math.min(Math.max(LEAST_WAIT_MS, lastedMs), untilMidnightMs)
  const retryAfterMs = readRetryHintMs(answer, 'x-ratelimit-reset', now) ?? waitMs
  return { kind: 'rate_limited', code, scope: 'app', retryAfterMs }
}
