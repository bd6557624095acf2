import { hkdfSync } from 'node:crypto'
import { CompactSign, compactVerify } from 'jose'
import { describe, expect, test } from 'vitest'
import { openVault } from '../src/vault.ts'
import { aKey } from './fixtures/vault.ts'

const text = 'a text, with ünïcode'
const purpose = { accountId: 'soc_1', version: 3 }

describe('a signed value', () => {
  test('is read for the account and the version that it was signed for, and for no other', () => {
    const vault = openVault([aKey()])
    const signed = vault.sign(text, purpose)

    expect(vault.readSigned(signed, purpose)).toBe(text)
    expect(vault.readSigned(signed, { ...purpose, accountId: 'soc_2' })).toBeNull()
    expect(vault.readSigned(signed, { ...purpose, version: 4 })).toBeNull()
  })

  test('is a compact JWS that another library reads', async () => {
    const key = aKey('2026-11')
    const signed = openVault([key]).sign(text, purpose)
    const secret = new Uint8Array(hkdfSync('sha256', key.key, new Uint8Array(), 'token-refresh-worker signature', 32))

    const { payload, protectedHeader } = await compactVerify(signed, secret)

    expect(new TextDecoder().decode(payload)).toBe(text)
    expect(protectedHeader).toEqual({ alg: 'HS256', kid: '2026-11', sub: 'soc_1', ver: 3 })
  })

  test('is read while its key is behind the first, and not after', () => {
    const [old, next] = [aKey('old'), aKey('new')]
    const signed = openVault([old]).sign(text, purpose)

    expect(openVault([next, old]).readSigned(signed, purpose)).toBe(text)
    expect(openVault([next]).readSigned(signed, purpose)).toBeNull()
  })

  test('is nothing once a character of it is another', () => {
    const vault = openVault([aKey()])
    const signed = vault.sign(text, purpose)

    for (let at = 0; at < signed.length; at++) {
      // The last one of 43 holds two bits that mean nothing.
      if (at === signed.length - 1) continue
      const changed = `${signed.slice(0, at)}${signed[at] === 'A' ? 'B' : 'A'}${signed.slice(at + 1)}`
      expect(vault.readSigned(changed, purpose), changed).toBeNull()
    }
  })

  test.each(['', '.', '..', 'a.b.c', 'a.b.c.d', `${btoa('null')}.x.y`])('is not %j', (anything) => {
    expect(openVault([aKey()]).readSigned(anything, purpose)).toBeNull()
  })

  test('is never one that somebody signed with the key that seals, or not at all', async () => {
    const key = aKey()
    const vault = openVault([key])
    const header = { alg: 'HS256', kid: key.kid, sub: 'soc_1', ver: 3 }
    const foreign = await new CompactSign(new TextEncoder().encode(text)).setProtectedHeader(header).sign(key.key)
    const unsigned = `${btoa(JSON.stringify({ ...header, alg: 'none' }))}.${btoa('x')}.`

    expect(vault.readSigned(foreign, purpose)).toBeNull()
    expect(vault.readSigned(unsigned, purpose)).toBeNull()
    expect(vault.readSigned(vault.seal(text, purpose), purpose)).toBeNull()
  })
})
