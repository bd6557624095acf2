import { asObject } from '../untrusted-json.ts'

/**
 * Reads the claims of a JWT without verifying it: a hint about a token that we were given and only pass on.
 *
 * @returns no claims when the token is opaque
 */
export function peekJwtClaims(token: string): Readonly<Record<string, unknown>> {
  try {
    return asObject(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')))
  } catch {
    return {}
  }
}

/** How long a JWT lives from its issue to its end, by its issuer's clock alone; null when it does not say. */
export function peekJwtLifetimeMs(token: string): number | null {
  const { iat, exp } = peekJwtClaims(token)
  const isSane = typeof iat === 'number' && typeof exp === 'number' && exp > iat && exp - iat < 10 * 365 * 86_400
  return isSane ? (exp - iat) * 1000 : null
}
