import { describe, expect, test } from 'vitest'
import { digestOf, isWellFormedKey, makeApiKey } from '../../src/list/api-key.ts'

describe('an API key', () => {
  test('is pb_live_ and 32 characters, the first eight of which may be shown', () => {
    const { plaintext, prefix, digest } = makeApiKey()

    expect(plaintext).toMatch(/^pb_live_[0-9A-Za-z]{32}$/)
    expect(plaintext.slice(8, 16)).toBe(prefix)
    expect(digest).toBe(digestOf(plaintext))
    expect(digest).toMatch(/^[0-9a-f]{64}$/)
  })

  test('is never the same twice', () => {
    expect(new Set(Array.from({ length: 1000 }, () => makeApiKey().plaintext)).size).toBe(1000)
  })

  test('carries a checksum that tells junk and typing errors', () => {
    for (let round = 0; round < 200; round++) {
      const { plaintext } = makeApiKey()
      expect(isWellFormedKey(plaintext)).toBe(true)
      const place = 8 + (round % 32)
      const other = plaintext[place] === 'a' ? 'b' : 'a'
      expect(isWellFormedKey(plaintext.slice(0, place) + other + plaintext.slice(place + 1))).toBe(false)
    }
    for (const junk of [
      '',
      'pb_live_',
      `pb_live_${'0'.repeat(32)}x`,
      `pb_test_${'a'.repeat(32)}`,
      'x'.repeat(100_000),
    ]) {
      expect(isWellFormedKey(junk)).toBe(false)
    }
  })
})
