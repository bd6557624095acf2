import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { readPrivateJwk } from '../src/private-jwk.ts'

const jwk = (namedCurve = 'P-256') =>
  generateKeyPairSync('ec', { namedCurve }).privateKey.export({ format: 'jwk' }) as Record<string, string>

test('a private key on P-256 is read without what does not belong to it', () => {
  const { kty, crv, x, y, d } = jwk()

  expect(readPrivateJwk({ kty, crv, x, y, d, kid: 'k1', alg: 'ES256', use: 'sig' })).toEqual({
    kty,
    crv,
    x,
    y,
    d,
    kid: 'k1',
  })
  expect(readPrivateJwk({ kty, crv, x, y, d })).toEqual({ kty, crv, x, y, d })
})

test.each<[string, unknown]>([
  ['a public key', { ...jwk(), d: undefined }],
  ['another curve', jwk('P-384')],
  ['the public part of another key', { ...jwk(), d: jwk().d }],
  ['a private part that is zero', { ...jwk(), d: 'A'.repeat(43) }],
  ['a private part beyond the order of the curve', { ...jwk(), d: `${'_'.repeat(42)}8` }],
  ['a text', JSON.stringify(jwk())],
  ['nothing', null],
])('%s is none', (_name, value) => {
  expect(readPrivateJwk(value)).toBeNull()
})
