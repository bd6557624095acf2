import { expect, test } from 'vitest'
import { KINDS } from './kinds.ts'
import { readLimits } from './limits.ts'
import { ASSUMED_MIX, countByKind, readMix } from './mix.ts'
import { readOutages } from './outages.ts'

test('the assumed mix names every kind of account, and its parts are percent', () => {
  const mix = readMix(ASSUMED_MIX)
  if ('problem' in mix) throw new Error(mix.problem)

  expect([...mix.keys()].sort()).toEqual(KINDS.map(({ name }) => name).sort())
  expect(countByKind(mix, 1000).reduce((sum, count) => sum + count, 0)).toBe(1000)
  expect(countByKind(mix, 1000)[KINDS.findIndex(({ name }) => name === 'X')]).toBe(80)
})

test('outages are read in the order of their beginning', () => {
  expect(readOutages('daemons@1d12h+90m,X@1h+30s')).toEqual([
    { who: 'X', fromMs: 3_600_000, toMs: 3_630_000 },
    { who: 'daemons', fromMs: 129_600_000, toMs: 135_000_000 },
  ])
  expect(readOutages('none')).toEqual([])
})

test('limits are read as the settings of the daemons', () => {
  expect(readLimits('X=200,YOUTUBE=1000')).toEqual({ X_RATE_LIMIT: '200', YOUTUBE_RATE_LIMIT: '1000' })
  expect(readLimits('none')).toEqual({})
})

test.each([
  [readMix, 'MYSPACE=3'],
  [readMix, 'X'],
  [readMix, 'X=-1'],
  [readMix, 'X=0'],
  [readOutages, 'X'],
  [readOutages, 'X@1d'],
  [readOutages, 'MYSPACE@1d+1h'],
  [readOutages, 'X@1w+1h'],
  [readLimits, 'X=0'],
  [readLimits, 'X=many'],
  [readLimits, 'DAEMONS=3'],
])('%o says what is wrong with %s', (read, text) => {
  expect(read(text)).toMatchObject({ problem: expect.any(String) })
})
