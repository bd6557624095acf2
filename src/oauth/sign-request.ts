import { randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import type { ClientProof, HttpRequest } from './request.ts'

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
/** As long as a server takes an assertion at most; our deadline for a whole conversation is half of it. */
const ASSERTION_LIFETIME_S = 60

/**
 * Adds to a request the signatures that prove its keys, and returns others as they are.
 *
 * For one try, directly before it is sent: servers refuse a `jti` that they have seen, and what is seconds old.
 *
 * @param nonce the newest one of the server
 * @param now by the database's clock, which servers compare with theirs: one machine's own may be minutes off
 */
export async function signRequest(request: HttpRequest, nonce: string | undefined, now: Date): Promise<HttpRequest> {
  const { proof, headers, form } = request
  if (proof === undefined) return request
  const iat = Math.floor(now.getTime() / 1000)
  const assertion = proof.client === null ? {} : await assertClient(proof.client, iat)
  return {
    ...request,
    headers: { ...headers, dpop: await proveKey(request, proof.dpopKey, { iat, nonce }) },
    form: { ...form, ...assertion },
  }
}

/** @see rfc9449#section-4.2 */
function proveKey(
  { method, url }: HttpRequest,
  { kty, crv, x, y, d }: NonNullable<HttpRequest['proof']>['dpopKey'],
  { iat, nonce }: { iat: number; nonce: string | undefined },
): Promise<string> {
  const { origin, pathname } = new URL(url)
  const claims = {
    jti: randomUUID(),
    htm: method,
    htu: `${origin}${pathname}`,
    iat,
    ...(nonce === undefined ? {} : { nonce }),
  }
  return new SignJWT(claims)
    .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk: { kty, crv, x, y } })
    .sign({ kty, crv, x, y, d })
}

/** @see rfc7523#section-3 */
async function assertClient({ id, issuer, key }: ClientProof, iat: number): Promise<Record<string, string>> {
  const { kid, ...pair } = key
  const assertion = await new SignJWT({ jti: randomUUID() })
    .setProtectedHeader({ alg: 'ES256', ...(kid === undefined ? {} : { kid }) })
    .setIssuer(id)
    .setSubject(id)
    .setAudience(issuer)
    .setIssuedAt(iat)
    .setExpirationTime(iat + ASSERTION_LIFETIME_S)
    .sign(pair)
  return { client_assertion_type: ASSERTION_TYPE, client_assertion: assertion }
}
