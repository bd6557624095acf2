import { expect, test } from 'vitest'
import { readRetryHintMs } from '../../src/oauth/retry-hint.ts'

const now = new Date('2026-11-23T12:00:00Z')
const read = (headers: Record<string, string>) => readRetryHintMs({ headers }, 'x-reset', now)

test.each([
  [{ 'retry-after': '120' }, 120_000],
  [{ 'retry-after': 'Mon, 23 Nov 2026 12:01:00 GMT' }, 60_000],
  [{ 'retry-after': 'Mon, 23 Nov 2026 11:00:00 GMT' }, 0],
  [{ 'x-reset': '1795435260' }, 60_000],
  [{ 'x-reset': '30' }, 30_000],
  [{ 'retry-after': '5', 'x-reset': '30' }, 5000],
  [{ 'retry-after': 'later', 'x-reset': '30' }, 30_000],
  [{ 'x-reset': 'later' }, null],
  [{ 'retry-after': '-3' }, null],
  [{}, null],
])('%j is %j ms', (headers, expected) => {
  expect(read(headers as Record<string, string>)).toBe(expected)
})
