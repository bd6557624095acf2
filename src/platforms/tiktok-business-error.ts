import type { Answer } from '../oauth/request.ts'
import { readRetryHintMs } from '../oauth/retry-hint.ts'
import { MINUTE_MS } from '../units.ts'
import { asInteger, asObject, asText } from '../untrusted-json.ts'
import { readFallback } from './fallback.ts'
import type { Reading, Subject } from './strategy.ts'

/** What a refusal of TikTok for Business means. */
export type BusinessError =
  | Reading
  /** It speaks of an access token, which has no business here. */
  | { readonly kind: 'about_access_token'; readonly code: string }

const DEAD_REFRESH_TOKEN = new Set([40103, 40107])
const OAUTH_FAILED = 40131
const ACCESS_TOKEN = new Set([40102, 40105])

/** The app, its secret, its permissions, or where we are. */
const APP = new Set([40101, 40104, 40108, 40109, 40113, 40115, 40116, 40117, 40118, 40124, 40125, 41000])
const PARAMETER = new Set([40000, 40002, 40006, 40007, 40008, 40010, 40051, 40400, 41001, 41002])

const TOO_FREQUENT = new Set([40016, 40100, 40132, 40133, 61000])
/** Per second, per minute or per day: the answer does not say which, and most are over by then. */
const LIMIT_MS = 5 * MINUTE_MS

const SERVICE = new Set([40200, 40201, 40202, 40700])
const MAINTENANCE = 60001
const MAINTENANCE_MS = 10 * MINUTE_MS

/**
 * Reads the envelope of an error. Its code outranks the status, except where the status says that nothing was asked.
 *
 * @see {@link https://business-api.tiktok.com/portal/docs?id=1737172488964097}
 */
export function readBusinessError(answer: Answer, { failing, now }: Pick<Subject, 'failing' | 'now'>): BusinessError {
  const { status } = answer
  const { code: given, message } = asObject(answer.json)
  const number = asInteger(given)
  const code = number === null || number === 0 ? `HTTP ${status}` : String(number)
  const text = asText(message)

  if (status === 404 || status === 405) return { kind: 'app_misconfigured', code }
  if (status === 429) return limited(answer, code, now)
  if (status >= 500) return { kind: 'transient', code }
  if (number === null || number === 0) {
    const isSuccess = status >= 200 && status < 300
    return isSuccess ? { kind: 'transient', code: 'no_access_token' } : readFallback(answer, code)
  }
  if (/auth_removed/i.test(text)) return { kind: 'revoked', code }
  if (DEAD_REFRESH_TOKEN.has(number)) return { kind: 'token_expired', code }
  if (ACCESS_TOKEN.has(number)) return { kind: 'about_access_token', code }
  if (number === OAUTH_FAILED) {
    return { kind: /token|grant|authori[sz]ation/i.test(text) ? 'token_expired' : 'transient', code }
  }
  if (APP.has(number)) return { kind: 'app_misconfigured', code }
  if (PARAMETER.has(number)) return readParameterError(code, text, failing)
  if (TOO_FREQUENT.has(number)) return limited(answer, code, now)
  if (number === MAINTENANCE) return { kind: 'transient', code, retryAfterMs: MAINTENANCE_MS }
  const isService = SERVICE.has(number) || (number >= 50_000 && number < 60_000)
  return isService ? { kind: 'transient', code } : { kind: 'unknown', code }
}

/** Our request, unless the refresh token itself is called wrong, and is so again the next time. */
function readParameterError(code: string, message: string, failing: Subject['failing']): Reading {
  const isAboutToken = /refresh[\s_-]?token/i.test(message) && !/missing|required|empty/i.test(message)
  if (!isAboutToken) return { kind: 'app_misconfigured', code }
  return { kind: failing?.code === code ? 'token_expired' : 'transient', code }
}

function limited(answer: Answer, code: string, now: Date): Reading {
  const retryAfterMs = readRetryHintMs(answer, 'x-ratelimit-reset', now) ?? LIMIT_MS
  return { kind: 'rate_limited', code, scope: 'app', retryAfterMs }
}
