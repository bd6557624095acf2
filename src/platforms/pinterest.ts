import { type Answer, basicAuthorization } from '../oauth/request.ts'
import { readRetryHintMs } from '../oauth/retry-hint.ts'
import { readLifetimeMs, readTokenResponse } from '../oauth/token-response.ts'
import { DAY_MS, MINUTE_MS } from '../units.ts'
import { asInteger, asObject, asText } from '../untrusted-json.ts'
import { readFallback } from './fallback.ts'
import type { Reading, Strategy } from './strategy.ts'

/** Pinterest numbers its errors; the status alone says nothing, as 401 is both a bad client and a dead grant. */
const CODE = { badParameter: 1, badClient: 2, rateLimit: 8, notPermitted: 29, deadGrant: 283 } as const

/**
 * Pinterest: every refresh gives a new refresh token with a new window of 60 days. What becomes of the old one is not
 * documented, so it counts as spent.
 *
 * Departs from RFC 6749 in its errors: `{code, message}` instead of words.
 *
 * @see {@link https://developers.pinterest.com/docs/getting-started/set-up-authentication-and-authorization/}
 */
export const pinterest: Strategy = {
  platform: 'PINTEREST',
  kind: null,
  app: 'PINTEREST',
  title: 'Pinterest',
  origin: 'https://api.pinterest.com',
  needs: ['clientId', 'clientSecret'],
  members: [],

  assumedLifetimeMs: 30 * DAY_MS,
  // A month of outages has to fit between the due moment and the end of the refresh token.
  dueShare: [0.66, 0.8],
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
    url: `${baseUrl}/v5/oauth/token`,
    headers: { authorization: basicAuthorization(clientId ?? '', clientSecret ?? '') },
    form: { grant_type: 'refresh_token', refresh_token: credential.refreshToken ?? '' },
    hostFrom: 'platform',
    spendsToken: true,
  }),

  read(answer, { now }) {
    const { status, json } = answer
    const body = asObject(json)
    if (status >= 200 && status < 300) {
      const tokens = readTokenResponse(answer)
      if (tokens === null) return { kind: 'transient', code: 'no_access_token' }
      return { kind: 'renewed', tokens: { ...tokens, refreshTokenExpiresInMs: readRefreshTokenLifetimeMs(body, now) } }
    }
    const number = asInteger(body.code)
    const code = number === null ? `HTTP ${status}` : String(number)
    if (status === 429 || number === CODE.rateLimit) {
      const retryAfterMs = readRetryHintMs(answer, 'x-ratelimit-reset', now) ?? MINUTE_MS
      return { kind: 'rate_limited', code, scope: 'app', retryAfterMs }
    }
    // A server in trouble is not believed, whatever it says.
    if (status >= 500) return { kind: 'transient', code }
    return readRefusal(answer, number, code)
  },
}

function readRefusal(answer: Answer, number: number | null, code: string): Reading {
  const { data, message } = asObject(answer.json)
  switch (number) {
    case CODE.deadGrant:
      // The same number for a client id that is not the grant's: then `data` says so, and it is our mistake.
      return { kind: /application/i.test(wordsOf(data)) ? 'app_misconfigured' : 'token_expired', code }
    case CODE.badClient:
    case CODE.badParameter:
    case CODE.notPermitted:
      return { kind: 'app_misconfigured', code }
    default: {
      const isTrial = answer.status === 403 && /\btrial\b/i.test(asText(message))
      return answer.status === 404 || isTrial ? { kind: 'app_misconfigured', code } : readFallback(answer, code)
    }
  }
}

/** A text, or the texts in an object. Never the whole as JSON: what is nested without end cannot be written. */
const wordsOf = (data: unknown) => [data, ...Object.values(asObject(data))].map(asText).join(' ')

/** As a length of time, or as a moment in unix seconds. */
function readRefreshTokenLifetimeMs(body: Readonly<Record<string, unknown>>, now: Date): number | null {
  const expiresAtS = asInteger(body.refresh_token_expires_at)
  return (
    readLifetimeMs(body.refresh_token_expires_in) ??
    (expiresAtS === null ? null : readLifetimeMs(expiresAtS - now.getTime() / 1000))
  )
}
