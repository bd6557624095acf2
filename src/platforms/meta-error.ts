import type { Answer } from '../oauth/request.ts'
import { readRetryHintMs } from '../oauth/retry-hint.ts'
import { HOUR_MS } from '../units.ts'
import { asObject, parseJson } from '../untrusted-json.ts'
import type { Reading } from './strategy.ts'

/** Limits of the whole app, not of one account: everybody waits. */
const APP_WIDE_LIMITS = new Set([4, 341])
const ACCOUNT_LIMITS = new Set([17, 32, 613])

/** Our app, its secret, its version or its permissions. */
const APP_FAULTS = new Set([3, 12, 101, 104, 2635])
const APP_FAULT_MESSAGES =
  /appsecret_proof|error validating application|application has been deleted|api access (blocked|deactivated|disabled)|invalid platform app/i

/** Subcodes of a session that ended, under any code. */
const DEAD_SESSIONS = new Set([450, 452, 458, 459, 460, 461, 462, 463, 464, 465, 466, 467, 468, 492, 493])
/** Of these: the owner removed the app, changed the password, has to pass a check, or lost the role on the page. */
const WITHDRAWN = new Set([458, 459, 460, 464, 492])

/** Blocked for a while because of a policy; says nothing about the token. */
const POLICY_BLOCK = 368

/**
 * Reads an error of any Meta host. Neither the HTTP status nor `type` decides: throttling, dead tokens, blocked apps and
 * outages all come as 400 `OAuthException`. The order of the tests is binding, because codes are used twice: 1 is an
 * outage or a wrong secret, 200 a lost permission or a blocked app.
 *
 * @returns null when no rule knows the error
 * @see {@link https://developers.facebook.com/docs/graph-api/guides/error-handling}
 */
export function readMetaError(answer: Answer, now: Date): Reading | null {
  const error = errorIn(answer.json)
  if (error === null) return null
  const { number, subcode, message } = error
  const code = [number ?? 'none', ...(subcode === null ? [] : [subcode])].join('/')

  const isLimit = number !== null && (APP_WIDE_LIMITS.has(number) || ACCOUNT_LIMITS.has(number))
  const isBusinessLimit = number !== null && number >= 80_000 && number < 80_100
  if (answer.status === 429 || isLimit || isBusinessLimit) {
    const scope = number !== null && APP_WIDE_LIMITS.has(number) ? 'app' : 'account'
    return { kind: 'rate_limited', code, scope, retryAfterMs: readWaitMs(answer, now) ?? HOUR_MS }
  }

  const isSecretRefused = number === 1 && /client secret/i.test(message)
  if (isSecretRefused || APP_FAULTS.has(number ?? 0) || APP_FAULT_MESSAGES.test(message)) {
    return { kind: 'app_misconfigured', code }
  }
  if (number === 190 || number === 102 || DEAD_SESSIONS.has(subcode ?? 0)) {
    return { kind: WITHDRAWN.has(subcode ?? 0) ? 'revoked' : 'token_expired', code }
  }
  if (number === 1 || number === 2 || error.isTransient || number === POLICY_BLOCK) return { kind: 'transient', code }
  if (number === 10 || (number !== null && number >= 200 && number <= 299)) return { kind: 'revoked', code }
  if (number === null && error.type === 'OAuthException' && /token|session/i.test(message)) {
    return { kind: 'token_expired', code }
  }
  return null
}

interface MetaError {
  readonly number: number | null
  readonly subcode: number | null
  readonly type: unknown
  readonly message: string
  readonly isTransient: boolean
}

function errorIn(json: unknown): MetaError | null {
  const body = asObject(json)
  // The connect endpoint of Instagram has an envelope of its own.
  const wrapped = typeof body.error === 'string' ? { message: body.error } : body.error
  const error = asObject(wrapped ?? ('error_message' in body ? { message: body.error_message } : undefined))
  if (Object.keys(error).length === 0) return null
  return {
    number: typeof error.code === 'number' ? error.code : null,
    subcode: typeof error.error_subcode === 'number' ? error.error_subcode : null,
    type: error.type,
    message: typeof error.message === 'string' ? error.message : '',
    isTransient: error.is_transient === true,
  }
}

/** `Retry-After`, else the longest wait that the usage header names for any of our businesses: in minutes. */
function readWaitMs(answer: Answer, now: Date): number | null {
  const retryAfterMs = readRetryHintMs(answer, '', now)
  if (retryAfterMs !== null) return retryAfterMs
  const usage = parseJson(answer.headers['x-business-use-case-usage'] ?? '')
  const minutes = Object.values(asObject(usage))
    .flat()
    .map((entry) => asObject(entry).estimated_time_to_regain_access)
    .filter((value) => typeof value === 'number')
  const longest = Math.max(0, ...minutes)
  return longest > 0 ? longest * 60_000 : null
}
