import type { Answer } from './request.ts'

/**
 * Reads how long the platform asks us to wait; null when it does not say.
 *
 * `Retry-After` counts (seconds, or an HTTP date), then the rate limit's reset header of the given name: a moment in
 * unix seconds, or, when the number is too small for that, a length of time in seconds.
 *
 * @see rfc9110#section-10.2.3
 */
export function readRetryHintMs({ headers }: Pick<Answer, 'headers'>, resetHeader: string, now: Date): number | null {
  return readRetryAfterMs(headers['retry-after'], now) ?? readResetMs(headers[resetHeader], now)
}

function readRetryAfterMs(value: string | undefined, now: Date): number | null {
  if (value === undefined) return null
  if (/^\s*\d{1,10}\s*$/.test(value)) return Number(value) * 1000
  // Anything with a number in it is a date to Date.parse; an HTTP date begins with the day of the week.
  const at = /^\s*[A-Z][a-z]{2},/.test(value) ? Date.parse(value) : Number.NaN
  return Number.isNaN(at) ? null : Math.max(0, at - now.getTime())
}

const SMALLEST_MOMENT_S = 1_000_000_000

function readResetMs(value: string | undefined, now: Date): number | null {
  if (value === undefined || !/^\s*\d{1,12}\s*$/.test(value)) return null
  const number = Number(value)
  return number < SMALLEST_MOMENT_S ? number * 1000 : Math.max(0, number * 1000 - now.getTime())
}
