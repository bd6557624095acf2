import type { Answer } from '../oauth/request.ts'
import { HOUR_MS, MINUTE_MS } from '../units.ts'
import { asObject, asText } from '../untrusted-json.ts'
import { hasRepeated, readWeakDeath, unconfirmed } from './meta-doubt.ts'
import { readMetaUsage } from './meta-usage.ts'
import type { Reading, Subject } from './strategy.ts'

/** Limits of the whole app, not of one account: everybody waits. */
const APP_WIDE_LIMITS = [4, 341]
const ACCOUNT_LIMITS = [17, 32, 613]
const DEFAULT_WAIT_MS = HOUR_MS

/** Our app, its secret, its version or its permissions; the last one is Facebook's app where Threads' own is meant. */
const APP_FAULTS = [3, 12, 101, 104, 2635, 4476002]
const APP_FAULT_MESSAGES =
  /appsecret_proof|error validating application|application has been deleted|api access (blocked|deactivated|disabled)|invalid platform app|deprecated version/i
const SYSTEM_ERROR_MS = 10 * MINUTE_MS

/** Sessions that ended: as a subcode under any code, in old answers as the code itself. */
const DEAD_SESSIONS = [450, 452, 458, 459, 460, 461, 462, 463, 464, 465, 466, 467, 468, 492, 493]
/** Of these: the owner removed the app, changed the password, has to pass a check, or lost the role on the page. */
const WITHDRAWN = [458, 459, 460, 464, 492]

/** Blocked for a while because of a policy; says nothing about the token. */
const POLICY_BLOCK = 368
const POLICY_BLOCK_MS = 6 * HOUR_MS

/** The token does not see what we ask for: a dead token, a smaller grant, or a mistake of ours. */
const NOT_VISIBLE = /unsupported (get )?request|does not exist|missing permissions/i

/** An error as all Meta hosts write it. */
export interface MetaError {
  readonly number: number | null
  readonly subcode: number | null
  readonly type: string
  readonly message: string
  readonly isTransient: boolean
  /** For the history: the numbers alone, never the words. */
  readonly code: string
}

/** What an error means; `ambiguous`: only another request can tell. */
export type MetaVerdict = Reading | { readonly kind: 'ambiguous'; readonly code: string }

/** Finds the error in the body of an answer, whatever its status; null when there is none. */
export function findMetaError(json: unknown): MetaError | null {
  const body = asObject(json)
  if (typeof body.error === 'string') return toMetaError({ message: body.error })
  // The connect endpoint of Instagram has an envelope of its own.
  if ('error_message' in body) return toMetaError({ code: body.code, message: body.error_message })
  return toMetaError(body.error)
}

/** Reads the members of an error; debug_token calls the subcode `subcode`. Null when there are none. */
export function toMetaError(value: unknown): MetaError | null {
  const error = asObject(value)
  if (Object.keys(error).length === 0) return null
  const number = typeof error.code === 'number' ? error.code : null
  const part = error.error_subcode ?? error.subcode
  const subcode = typeof part === 'number' ? part : null
  return {
    number,
    subcode,
    type: asText(error.type),
    message: asText(error.message),
    isTransient: error.is_transient === true,
    code: [number ?? 'none', ...(subcode === null ? [] : [subcode])].join('/'),
  }
}

/**
 * Judges an error of any Meta host. Neither the HTTP status nor `type` decides: throttling, dead tokens, blocked apps and
 * outages all come as 400 `OAuthException`. The order of the tests is binding, because numbers are used twice: 1 is an
 * outage or a wrong secret, 200 a lost permission or a blocked app.
 *
 * @returns null when no rule knows the error for sure
 * @see {@link https://developers.facebook.com/docs/graph-api/guides/error-handling}
 */
export function readMetaError(error: MetaError, answer: Answer, subject: Subject): MetaVerdict | null {
  const { number, code, message } = error
  const subcode = error.subcode ?? 0
  const is = (...numbers: readonly number[]) => number !== null && numbers.includes(number)
  const isBetween = (from: number, to: number) => number !== null && number >= from && number <= to

  if (answer.status === 429 || is(...APP_WIDE_LIMITS, ...ACCOUNT_LIMITS) || isBetween(80_000, 80_099)) {
    const { retryAfterMs, isAppExhausted } = readMetaUsage(answer, subject.now)
    // Without a number it is not Meta's own limit but what stands in front of it.
    const isForAll = number === null || is(...APP_WIDE_LIMITS) || isAppExhausted
    const defaultMs = number === null ? null : DEFAULT_WAIT_MS
    return { kind: 'rate_limited', code, scope: isForAll ? 'app' : 'account', retryAfterMs: retryAfterMs ?? defaultMs }
  }
  // Comes from time to time for an app that is well.
  if (is(101) && /system error/i.test(message) && !hasRepeated(code, subject, SYSTEM_ERROR_MS)) {
    return unconfirmed(code)
  }
  const isSecretRefused = is(1) && /client secret/i.test(message)
  if (isSecretRefused || is(...APP_FAULTS) || APP_FAULT_MESSAGES.test(message)) {
    return { kind: 'app_misconfigured', code }
  }
  const session = DEAD_SESSIONS.find((dead) => dead === subcode || dead === number)
  if (session !== undefined) return { kind: WITHDRAWN.includes(session) ? 'revoked' : 'token_expired', code }
  if (is(190, 102)) return readWeakDeath(code, subject)
  if (is(1, 2) || error.isTransient) return { kind: 'transient', code }
  if (is(POLICY_BLOCK)) return { kind: 'transient', code, retryAfterMs: POLICY_BLOCK_MS }
  // Between our app and this owner something is barred, which a reconnect does not obviously lift.
  if (/cannot call api for app/i.test(message)) return { kind: 'unknown', code }
  // Whether our app lost it or the owner took it back: the breaker tells by how many accounts it meets.
  if (is(10) || isBetween(200, 299)) return { kind: 'revoked', code }
  if ((is(100) && subcode === 33) || (is(100, 24) && NOT_VISIBLE.test(message))) return { kind: 'ambiguous', code }
  return null
}

/** Reads what is left of an error that {@link readMetaError} does not know for sure. */
export function readVagueMetaError({ number, code, type, message }: MetaError, subject: Subject): Reading {
  // A parameter of ours is wrong. Perhaps for this account only, so that the app is not paused for the others.
  if (number === 100) return { kind: 'app_misconfigured', code, scope: 'account' }
  if (number === null && type === 'OAuthException') {
    return /token|session/i.test(message) ? readWeakDeath(code, subject) : { kind: 'transient', code }
  }
  return { kind: 'unknown', code }
}
