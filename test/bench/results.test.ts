import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { benchmarks } from '../../bench/all.ts'
import type { Benchmark } from '../../bench/harness/benchmark.ts'
import { describeBound, type Result, readResults, renderResults, writeResults } from '../../bench/harness/results.ts'
import { aDataDir } from '../fixtures/data-dir.ts'

const aBenchmark = (name: string, bound: Benchmark['bound'] = { atMost: 1.3 }): Benchmark => ({
  ...{ name, measures: `time of ${name}`, ours: 'many', baseline: 'few', unit: 'ms', bound, rounds: 5, warmsUp: false },
  open: () => Promise.reject(new Error('nobody measures here')),
})

const aResult = (name: string, change: Partial<Result> = {}): Result => ({
  ...{ name, ours: 12.3456, baseline: 10, ratio: 1.23456, holds: true, rounds: 5, machine: '2 × Slow' },
  measuredAt: new Date('2026-11-28T12:00:00Z'),
  ...change,
})

const rowsOf = (text: string) => text.split('\n').filter((line) => line.startsWith('| time'))

test('a row says both figures, the ratio, the bound, and whether it holds', () => {
  const text = renderResults([aBenchmark('claiming')], [aResult('claiming')])

  expect(rowsOf(text)).toEqual([
    '| time of claiming (`claiming`) | many: 12.3 ms | few: 10 ms | 1.23 | ≤ 1.3 × | yes | 2026-11-28, 5 rounds |',
  ])
  expect(text).toContain('Measured on:\n\n2 × Slow.\n')
})

test('a row that does not hold is seen, and one that was never measured says so', () => {
  const [fails, unknown] = rowsOf(
    renderResults([aBenchmark('one'), aBenchmark('other')], [aResult('one', { holds: false })]),
  )

  expect(fails).toContain('| **no** |')
  expect(unknown).toContain('| not measured |')
})

test('rows from several machines say which', () => {
  const text = renderResults(
    [aBenchmark('one'), aBenchmark('other')],
    [aResult('other', { machine: '64 × Fast' }), aResult('one')],
  )

  expect(rowsOf(text).map((row) => row.slice(-6))).toEqual([' (1) |', ' (2) |'])
  expect(text).toContain('1. 2 × Slow\n2. 64 × Fast\n')
})

test('what was written is read again, without benchmarks that are gone', async () => {
  await using folder = aDataDir()
  await mkdir(folder.path)
  const path = join(folder.path, 'RESULTS.md')
  expect(await readResults(path)).toEqual([])

  await writeResults(path, [aBenchmark('kept')], [aResult('gone'), aResult('kept')])

  expect(await readResults(path)).toEqual([aResult('kept')])
})

test('a bound is told in words', () => {
  expect(describeBound(aBenchmark('a', { atLeast: 3 }))).toBe('≥ 3 ×')
  expect(describeBound(aBenchmark('a', { atMostMore: 1 }))).toBe('≤ 1 ms more')
  expect(describeBound({ ...aBenchmark('a'), ceiling: 2 })).toBe('≤ 1.3 ×, below 2 ms')
})

test('every benchmark has a name of its own', () => {
  expect(new Set(benchmarks.map(({ name }) => name)).size).toBe(benchmarks.length)
})
