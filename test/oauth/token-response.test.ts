import { describe, expect, test } from 'vitest'
import { readLifetimeMs, readTokenResponse } from '../../src/oauth/token-response.ts'

const read = (json: unknown) => readTokenResponse({ json })

describe('a token answer', () => {
  test('is read as RFC 6749 writes it', () => {
    const json = { access_token: 'a', expires_in: 3600, refresh_token: 'r', scope: 'one two', token_type: 'bearer' }

    expect(read(json)).toEqual({ accessToken: 'a', expiresInMs: 3_600_000, refreshToken: 'r', scopes: ['one', 'two'] })
  })

  test('may leave out everything but the access token', () => {
    expect(read({ access_token: 'a' })).toEqual({
      accessToken: 'a',
      expiresInMs: null,
      refreshToken: null,
      scopes: null,
    })
  })

  test('has its scopes split on spaces and commas, and those that cannot be stored left out', () => {
    expect(read({ access_token: 'a', scope: 'one,two  three,' })?.scopes).toEqual(['one', 'two', 'three'])
    expect(read({ access_token: 'a', scope: 'good b\u0000d' })?.scopes).toEqual(['good'])
    expect(read({ access_token: 'a', scope: '' })?.scopes).toBeNull()
    expect(read({ access_token: 'a', scope: ['one'] })?.scopes).toBeNull()
  })

  test.each([
    undefined,
    null,
    'text',
    [],
    {},
    { access_token: '' },
    { access_token: ' \n' },
    { access_token: 7 },
    { access_token: 'a\u0000b' },
  ])('without a usable access token is none: %j', (json) => {
    expect(read(json)).toBeNull()
  })

  test('with a blank refresh token keeps the old one', () => {
    expect(read({ access_token: 'a', refresh_token: '' })?.refreshToken).toBeNull()
  })
})

describe('a lifetime', () => {
  test.each([
    [7200, 7_200_000],
    ['7200', 7_200_000],
    [0.5, 500],
    [0, null],
    [-5, null],
    ['-5', null],
    [Number.NaN, null],
    [1e12, null],
    ['1767000000000', null],
    ['soon', null],
    [null, null],
    [[7200], null],
  ])('%j is %j ms', (value, expected) => {
    expect(readLifetimeMs(value)).toBe(expected)
  })
})
