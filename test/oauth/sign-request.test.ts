import { decodeJwt, EmbeddedJWK, importJWK, type JWTPayload, type JWTVerifyResult, jwtVerify } from 'jose'
import { describe, expect, test } from 'vitest'
import type { HttpRequest, Proof } from '../../src/oauth/request.ts'
import { signRequest } from '../../src/oauth/sign-request.ts'
import { aKey } from '../fixtures/bluesky.ts'

const dpopKey = aKey()
const clientKey = aKey('k1')
const CLIENT_ID = 'https://app.example.com/client-metadata.json'
const ISSUER = 'https://auth.example.com'
const now = new Date()
const seconds = Math.floor(now.getTime() / 1000)

const request = (client: Proof['client'], url = `${ISSUER}/oauth/token`): HttpRequest => ({
  method: 'POST',
  url,
  headers: { accept: 'application/json' },
  form: { grant_type: 'refresh_token' },
  hostFrom: 'account',
  spendsToken: true,
  proof: { dpopKey, client },
})
const confidential = request({ id: CLIENT_ID, issuer: ISSUER, key: clientKey })

const proofOf = ({ headers }: HttpRequest) => headers?.dpop ?? ''
const verifyProof = (signed: HttpRequest): Promise<JWTVerifyResult<JWTPayload>> =>
  jwtVerify(proofOf(signed), EmbeddedJWK, { typ: 'dpop+jwt' })

describe('a proof', () => {
  test('says what is asked where and when, signed by the key that it shows', async () => {
    const { payload, protectedHeader } = await verifyProof(await signRequest(request(null), 'the-nonce', now))

    const { kty, crv, x, y } = dpopKey
    expect(protectedHeader).toEqual({ typ: 'dpop+jwt', alg: 'ES256', jwk: { kty, crv, x, y } })
    expect(payload).toEqual({
      jti: expect.any(String),
      htm: 'POST',
      htu: `${ISSUER}/oauth/token`,
      iat: seconds,
      nonce: 'the-nonce',
    })
  })

  test('leaves the query out of the address, and a nonce that is not known', async () => {
    const signed = await signRequest(request(null, `${ISSUER}:8443/oauth/token?a=b#c`), undefined, now)

    const { payload } = await verifyProof(signed)
    expect(payload.htu).toBe(`${ISSUER}:8443/oauth/token`)
    expect(payload).not.toHaveProperty('nonce')
  })

  test('keeps what the request had, and adds no assertion for a public client', async () => {
    const { headers, form } = await signRequest(request(null), undefined, now)

    expect(headers).toEqual({ accept: 'application/json', dpop: expect.any(String) })
    expect(form).toEqual({ grant_type: 'refresh_token' })
  })
})

describe('an assertion', () => {
  test('names the client, its key and the issuer, and lives for a minute', async () => {
    const { form } = await signRequest(confidential, undefined, now)

    const { kty, crv, x, y } = clientKey
    const { payload, protectedHeader } = await jwtVerify(
      form?.client_assertion ?? '',
      await importJWK({ kty, crv, x, y }, 'ES256'),
    )
    expect(form?.client_assertion_type).toBe('urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
    expect(protectedHeader).toEqual({ alg: 'ES256', kid: 'k1' })
    expect(payload).toEqual({
      iss: CLIENT_ID,
      sub: CLIENT_ID,
      aud: ISSUER,
      jti: expect.any(String),
      iat: seconds,
      exp: seconds + 60,
    })
  })
})

test('each try is signed anew: no identifier is ever used twice', async () => {
  const tries = await Promise.all(Array.from({ length: 20 }, () => signRequest(confidential, 'n', now)))

  const ids = tries
    .flatMap((signed) => [proofOf(signed), signed.form?.client_assertion ?? ''])
    .map((jwt) => decodeJwt(jwt).jti)
  expect(new Set(ids).size).toBe(40)
})

test('a request that proves nothing is sent as it is', async () => {
  const { proof: _, ...plain } = request(null)

  expect(await signRequest(plain, 'n', now)).toBe(plain)
})
