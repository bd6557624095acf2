import { hkdfSync, randomBytes } from 'node:crypto'
import { base64url, CompactEncrypt, compactDecrypt, decodeProtectedHeader } from 'jose'
import { describe, expect, test } from 'vitest'
import type { MasterKey } from '../src/master-key.ts'
import { openVault } from '../src/vault.ts'
import { aKey } from './fixtures/vault.ts'

const content = { kind: null, accessToken: 'access', refreshToken: 'refresh, with ünïcode' }
const purpose = { accountId: 'soc_1', version: 3 }

/** The content key, derived as the README tells other languages to. */
const contentKey = ({ key }: MasterKey, accountId: string) =>
  new Uint8Array(hkdfSync('sha256', key, new Uint8Array(), `token-refresh-worker|${accountId}`, 32))

describe('a sealed value', () => {
  test('opens for the account and the version that it was sealed for', () => {
    const vault = openVault([aKey()])

    expect(vault.open(vault.seal(content, purpose), purpose)).toEqual({ kind: 'opened', content })
  })

  test('is a compact JWE that another library opens', async () => {
    const key = aKey('2026-11')
    const sealed = openVault([key]).seal(content, purpose)

    const { plaintext, protectedHeader } = await compactDecrypt(sealed, contentKey(key, 'soc_1'))

    expect(JSON.parse(new TextDecoder().decode(plaintext))).toEqual(content)
    expect(protectedHeader).toEqual({ alg: 'dir', enc: 'A256GCM', kid: '2026-11', sub: 'soc_1', ver: 3 })
  })

  test('of another library opens here', async () => {
    const key = aKey()
    const sealed = await new CompactEncrypt(new TextEncoder().encode(JSON.stringify(content)))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: 'k1', sub: 'soc_1', ver: 3 })
      .encrypt(contentKey(key, 'soc_1'))

    expect(openVault([key]).open(sealed, purpose)).toEqual({ kind: 'opened', content })
  })

  test('never looks the same twice', () => {
    const vault = openVault([aKey()])

    expect(vault.seal(content, purpose)).not.toBe(vault.seal(content, purpose))
  })

  test('is sealed by the first key and opened by any', () => {
    const [old, fresh] = [aKey('old'), aKey('fresh')]
    const byOld = openVault([old]).seal(content, purpose)
    const both = openVault([fresh, old])

    expect(both.open(byOld, purpose)).toMatchObject({ kind: 'opened' })
    expect(decodeProtectedHeader(both.seal(content, purpose)).kid).toBe('fresh')
  })
})

describe('a value is refused', () => {
  const key = aKey()
  const vault = openVault([key])
  const sealed = vault.seal(content, purpose)
  const [header = '', , iv = '', ciphertext = '', tag = ''] = sealed.split('.')

  test('when it was moved to another account', () => {
    expect(vault.open(sealed, { accountId: 'soc_2', version: 3 })).toEqual({
      kind: 'unreadable',
      reason: 'wrong_account',
    })
  })

  test('when it was rolled back to an older version', () => {
    expect(vault.open(sealed, { accountId: 'soc_1', version: 4 })).toEqual({
      kind: 'unreadable',
      reason: 'wrong_version',
    })
  })

  test('when its key is not there', () => {
    expect(openVault([aKey('other')]).open(sealed, purpose)).toEqual({ kind: 'unreadable', reason: 'unknown_key' })
  })

  test('when another key has the same name', () => {
    expect(openVault([aKey()]).open(sealed, purpose)).toEqual({ kind: 'unreadable', reason: 'tampered' })
  })

  test('when its header was rewritten for another account', () => {
    const claims = { alg: 'dir', enc: 'A256GCM', kid: 'k1', sub: 'soc_2', ver: 3 }
    const forged = [base64url.encode(JSON.stringify(claims)), '', iv, ciphertext, tag].join('.')

    expect(vault.open(forged, { accountId: 'soc_2', version: 3 })).toEqual({ kind: 'unreadable', reason: 'tampered' })
  })

  test('when any part was changed or cut', () => {
    const cut = (text: string) => text.slice(0, -3)
    const other = (bytes: number) => base64url.encode(randomBytes(bytes))
    for (const parts of [
      [header, '', iv, ciphertext, cut(tag)],
      [header, '', iv, cut(ciphertext), tag],
      [header, '', cut(iv), ciphertext, tag],
      [header, '', other(12), ciphertext, tag],
      [header, '', iv, ciphertext, other(16)],
      [header, '', iv, ciphertext, tag.slice(0, 6)],
      [header, 'AAAA', iv, ciphertext, tag],
      [header, '', iv, ciphertext],
      [cut(header), '', iv, ciphertext, tag],
      ['', '', '', '', ''],
      ['not a sealed value'],
    ]) {
      expect(vault.open(parts.join('.'), purpose), parts.join('.')).toMatchObject({ kind: 'unreadable' })
    }
  })

  test('when it names another algorithm', async () => {
    const claims = { alg: 'dir', enc: 'A128GCM', kid: 'k1', sub: 'soc_1', ver: 3 }
    const weak = await new CompactEncrypt(new TextEncoder().encode('{}'))
      .setProtectedHeader(claims as never)
      .encrypt(randomBytes(16))

    expect(vault.open(weak, purpose)).toEqual({ kind: 'unreadable', reason: 'malformed' })
  })
})

describe('a fingerprint', () => {
  test('recognises a token, also after a new key was put in front', () => {
    const [old, fresh] = [aKey('old'), aKey('fresh')]
    const [stored] = openVault([old]).fingerprints('token')

    expect(openVault([old]).fingerprints('token')).toEqual([stored])
    expect(openVault([fresh, old]).fingerprints('token')).toContain(stored)
    expect(openVault([fresh, old]).fingerprints('token')[0]).not.toBe(stored)
    expect(openVault([old]).fingerprints('other')).not.toContain(stored)
  })

  test('of a key that is gone is still recognised by what was kept of it', () => {
    const [oldest, old, fresh] = [aKey('oldest'), aKey('old'), aKey('fresh')]
    const [byOldest] = openVault([oldest]).fingerprints('token')
    const keptOnce = openVault([old, oldest]).sealFingerprintKeys()
    const keptTwice = openVault([fresh, old]).recognising(keptOnce).sealFingerprintKeys()

    expect(keptTwice.map(({ kid }) => kid)).toEqual(['old', 'oldest'])
    expect(openVault([fresh]).fingerprints('token')).not.toContain(byOldest)
    expect(openVault([fresh]).recognising(keptTwice).fingerprints('token')).toContain(byOldest)
    expect(
      openVault([aKey('stranger')])
        .recognising(keptTwice)
        .fingerprints('token'),
    ).toHaveLength(1)
  })
})
