import { createHash, randomBytes } from 'node:crypto'
import { EmbeddedJWK, jwtVerify } from 'jose'
import { MINUTE_MS } from '../units.ts'
import { asObject, asText } from '../untrusted-json.ts'

/** What became of a DPoP proof: the key that it proves, or why not. */
export type CheckedProof =
  | { readonly kind: 'proved'; readonly x: string; readonly y: string }
  | { readonly kind: 'needs_nonce' }
  | { readonly kind: 'refused'; readonly why: string }

export interface ProofChecker {
  /** What the next proof has to carry. */
  nonce(): string
  /** @param url of the endpoint, without a query */
  check(proof: string | undefined, url: string): Promise<CheckedProof>
}

const NONCE_LIFETIME_MS = 3 * MINUTE_MS
const OLDEST_S = 10
const MOST_SEEN = 10_000

/** Checks proofs as strictly as a Bluesky server does. @see rfc9449#section-4.3 */
export function openProofChecker(): ProofChecker {
  const secret = randomBytes(16)
  const seen = new Set<string>()
  const nonceOf = (slot: number) => createHash('sha256').update(secret).update(String(slot)).digest('base64url')
  const slotNow = () => Math.floor(Date.now() / NONCE_LIFETIME_MS)

  return {
    nonce: () => nonceOf(slotNow()),
    async check(proof, url) {
      if (proof === undefined) return { kind: 'refused', why: 'DPoP proof required' }
      const verified = await verify(proof)
      if (verified === null) return { kind: 'refused', why: 'Invalid DPoP proof' }
      const { claims, jwk } = verified
      if (claims.htm !== 'POST') return { kind: 'refused', why: 'DPoP "htm" mismatch' }
      if (claims.htu !== url) return { kind: 'refused', why: 'DPoP "htu" mismatch' }
      // The nonce of the time before still counts.
      const nonces = [nonceOf(slotNow()), nonceOf(slotNow() - 1)]
      if (!nonces.includes(asText(claims.nonce))) return { kind: 'needs_nonce' }
      const jti = asText(claims.jti)
      if (jti === '' || seen.has(jti)) return { kind: 'refused', why: 'DPoP proof replayed' }
      if (seen.size >= MOST_SEEN) seen.clear()
      seen.add(jti)
      return { kind: 'proved', x: asText(jwk.x), y: asText(jwk.y) }
    },
  }
}

async function verify(proof: string) {
  try {
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
      typ: 'dpop+jwt',
      algorithms: ['ES256'],
      maxTokenAge: OLDEST_S,
      clockTolerance: 5,
    })
    return { claims: asObject(payload), jwk: asObject(protectedHeader.jwk) }
  } catch {
    return null
  }
}
