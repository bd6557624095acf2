import { createECDH } from 'node:crypto'
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

/**
 * Reads a private JWK on P-256 and leaves out what does not belong to the key.
 *
 * @returns null when it is something else, or when its public part belongs to another key: signatures would never verify
 */
export function readPrivateJwk(value: unknown): PrivateJwk | null {
  const { kty, crv, x, y, d, kid } = asObject(value)
  const isNumber = (member: unknown) => /^[\w-]{43}$/.test(asText(member))
  if (kty !== 'EC' || crv !== 'P-256' || ![x, y, d].every(isNumber)) return null
  const key = { kty, crv, x: asText(x), y: asText(y), d: asText(d) } as const
  if (!isPair(key)) return null
  return asText(kid) === '' ? key : { ...key, kid: asText(kid) }
}

function isPair({ x, y, d }: PrivateJwk): boolean {
  const curve = createECDH('prime256v1')
  try {
    curve.setPrivateKey(d, 'base64url')
  } catch {
    // Zero, or beyond the order of the curve.
    return false
  }
  // An uncompressed point is 04, x, y.
  return (
    curve.getPublicKey('hex') === `04${[x, y].map((part) => Buffer.from(part, 'base64url').toString('hex')).join('')}`
  )
}
