import type { Answer } from '../oauth/request.ts'
import { readRetryHintMs } from '../oauth/retry-hint.ts'
import { MINUTE_MS } from '../units.ts'
import { asObject, parseJson } from '../untrusted-json.ts'
import { readFallback } from './fallback.ts'
import type { Reading } from './strategy.ts'

/** What the headers of a throttled answer say. */
export interface MetaUsage {
  /** Null: nothing, which is no proof of room: the headers are absent until an app has made enough calls. */
  readonly retryAfterMs: number | null
  /** A share of the whole app is used up: everybody waits. */
  readonly isAppExhausted: boolean
}

/**
 * Reads how long a Meta host asks us to wait: `Retry-After`, else the longest time that any of our businesses is told.
 *
 * @see {@link https://developers.facebook.com/docs/graph-api/overview/rate-limiting/}
 */
export function readMetaUsage(answer: Answer, now: Date): MetaUsage {
  const shares = Object.values(asObject(parseJson(answer.headers['x-app-usage'] ?? '')))
  return {
    retryAfterMs: readRetryHintMs(answer, '', now) ?? readBusinessWaitMs(answer),
    isAppExhausted: shares.some((percent) => typeof percent === 'number' && percent >= 100),
  }
}

/** Under the id of each business stands a list of limits, and a limit's time is in minutes: taken for seconds, we hammer. */
function readBusinessWaitMs({ headers }: Answer): number | null {
  const usage = parseJson(headers['x-business-use-case-usage'] ?? '')
  const minutes = Object.values(asObject(usage))
    .flat()
    .map((entry) => asObject(entry).estimated_time_to_regain_access)
    .filter((value) => typeof value === 'number')
  const longest = Math.max(0, ...minutes)
  return longest > 0 ? longest * MINUTE_MS : null
}

/** What an answer of a Meta host means that holds neither an error nor what was asked for. */
export function readMetaFallback(answer: Answer, now: Date): Reading {
  const code = `HTTP ${answer.status}`
  if (answer.status !== 429) return readFallback(answer, code)
  return { kind: 'rate_limited', code, scope: 'app', retryAfterMs: readMetaUsage(answer, now).retryAfterMs }
}
