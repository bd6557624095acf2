import { asObject, asToken } from '../untrusted-json.ts'
import type { Answer } from './request.ts'

/** The members of a successful token answer. @see rfc6749#section-5.1 */
export interface TokenResponse {
  readonly accessToken: string
  /** Null: absent or not a sane length of time. */
  readonly expiresInMs: number | null
  readonly refreshToken: string | null
  readonly scopes: readonly string[] | null
}

/**
 * Reads a successful answer of a token endpoint.
 *
 * @returns null when there is no usable access token in it, whatever the status says: a blank token never replaces one
 * that works
 */
export function readTokenResponse({ json }: Pick<Answer, 'json'>): TokenResponse | null {
  const body = asObject(json)
  const accessToken = asToken(body.access_token)
  if (accessToken === null) return null
  return {
    accessToken,
    expiresInMs: readLifetimeMs(body.expires_in),
    refreshToken: asToken(body.refresh_token),
    scopes: readScopes(body.scope),
  }
}

/** Ten years: whatever claims to live longer is a mistake, or a moment and not a length of time. */
const LONGEST_LIFETIME_S = 10 * 365 * 24 * 60 * 60

/** Reads `expires_in` and its kin: seconds as a number or as a string of digits; null when it is not sane. */
export function readLifetimeMs(value: unknown): number | null {
  const seconds = typeof value === 'string' && /^\d{1,12}$/.test(value) ? Number(value) : value
  if (typeof seconds !== 'number' || !(seconds > 0 && seconds <= LONGEST_LIFETIME_S)) return null
  return Math.round(seconds * 1000)
}

/** Scopes are separated by spaces (rfc6749#section-3.3), at some platforms by commas. */
function readScopes(value: unknown): string[] | null {
  if (typeof value !== 'string') return null
  // What cannot be stored in Postgres must not stand between the answer and the commit.
  const scopes = value.split(/[\s,]+/).filter((scope) => /^[\x21-\x7e]{1,255}$/.test(scope))
  return scopes.length === 0 ? null : scopes
}
