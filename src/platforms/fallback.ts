import type { Answer } from '../oauth/request.ts'
import type { Reading } from './strategy.ts'

/**
 * What an answer means that no rule of a platform knows. Never more than "nothing learnt": only the explicit signature
 * of a dead grant may touch an account.
 */
export function readFallback({ status, json }: Answer, code: string): Reading {
  if (status === 429) return { kind: 'rate_limited', code, scope: 'app', retryAfterMs: null }
  if (status >= 500 || status === 408 || json === undefined) return { kind: 'transient', code }
  return { kind: 'unknown', code }
}
