import { isCuid } from '@paralleldrive/cuid2'
import { expect, test } from 'vitest'
import { makeId } from '../src/id.ts'

test('an id has the format of cuid2 and is never the same twice', () => {
  const ids = Array.from({ length: 10_000 }, makeId)

  expect(new Set(ids).size).toBe(ids.length)
  for (const id of ids) expect(isCuid(id) && /^[a-z][a-z0-9]{23}$/.test(id)).toBe(true)
})

test('every character of an id is as likely as the others', () => {
  const text = Array.from({ length: 10_000 }, () => makeId().slice(1)).join('')
  const counts = Map.groupBy(text, (character) => character)

  expect(counts.size).toBe(36)
  const expected = text.length / 36
  for (const [, found] of counts) expect(Math.abs(found.length - expected)).toBeLessThan(expected * 0.08)
})
