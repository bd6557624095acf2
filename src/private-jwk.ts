import { asObject, asText } from './untrusted-json.ts'

/** A private key on the curve P-256. @see rfc7518#section-6.2 */
export interface PrivateJwk {
  readonly kty: 'EC'
  readonly crv: 'P-256'
  readonly x: string
  readonly y: string
  readonly d: string
  readonly kid?: string
}

/** Reads a private JWK on P-256 and leaves out what does not belong to the key; null when it is something else. */
export function readPrivateJwk(value: unknown): PrivateJwk | null {
  const { kty, crv, x, y, d, kid } = asObject(value)
  const isNumber = (member: unknown) => /^[\w-]{43}$/.test(asText(member))
  if (kty !== 'EC' || crv !== 'P-256' || ![x, y, d].every(isNumber)) return null
  return {
    ...{ kty, crv, x: asText(x), y: asText(y), d: asText(d) },
    ...(asText(kid) === '' ? {} : { kid: asText(kid) }),
  }
}
