import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Benchmark } from '../../bench/harness/benchmark.ts'
import { describeBound, type Result, readResults, renderResults, writeResults } from '../../bench/harness/results.ts'
import { aDataDir } from '../fixtures/data-dir.ts'

const claiming: Benchmark = {
  name: 'claiming',
  measures: 'time to claim',
  ours: 'many',
  baseline: 'few',
  unit: 'ms',
  bound: { atMost: 1.3 },
  rounds: 5,
  warmsUp: true,
  open: () => Promise.reject(new Error('nobody measures here')),
}
const idling: Benchmark = { ...claiming, name: 'idling', measures: 'idle', unit: '%', bound: { atMost: 2 }, ceiling: 2 }
const starting: Benchmark = { ...claiming, name: 'starting', measures: 'start', unit: 's', bound: { atMostMore: 1 } }

const aResult = (result: Partial<Result> = {}): Result => ({
  ...{ name: 'claiming', ours: 12.345, baseline: 10, ratio: 1.2345, holds: true, rounds: 5 },
  ...{ measuredAt: new Date('2026-11-28T12:00:00Z'), machine: 'a machine' },
  ...result,
})

const linesOf = (text: string, start: string) => text.split('\n').filter((line) => line.startsWith(start))

test('a row has both figures, the ratio, the bound and the verdict', () => {
  const text = renderResults([claiming], [aResult()])

  expect(linesOf(text, '| time')).toEqual([
    '| time to claim (`claiming`) | many: 12.3 ms | few: 10 ms | 1.23 | ≤ 1.3 × | yes | 2026-11-28, 5 rounds |',
  ])
  expect(text).toContain('\nMeasured on:\n\na machine.\n')
})

test('a row that does not hold stands out, and one that was never measured says so', () => {
  const text = renderResults([claiming, idling, starting], [aResult({ holds: false })])

  expect(linesOf(text, '| time')[0]).toContain('| **no** |')
  expect(linesOf(text, '| idle')).toEqual(['| idle (`idling`) | many | few |  | ≤ 2 ×, below 2 % | not measured |  |'])
  expect(linesOf(text, '| start')[0]).toContain('| ≤ 1 s more |')
})

test('a bound is told in words', () => {
  expect(describeBound({ ...claiming, bound: { atLeast: 3 } })).toBe('≥ 3 ×')
  expect(describeBound(starting)).toBe('≤ 1 s more')
  expect(describeBound(idling)).toBe('≤ 2 ×, below 2 %')
})

test('rows that come from different machines say from which', () => {
  const text = renderResults([claiming, idling], [aResult({ name: 'idling', machine: 'another' }), aResult()])

  expect(linesOf(text, '| time')[0]).toContain('5 rounds (1) |')
  expect(linesOf(text, '| idle')[0]).toContain('5 rounds (2) |')
  expect(text).toContain('\n1. a machine\n2. another\n')
})

test('what was written is read again, and a benchmark that is gone is forgotten', async () => {
  await using folder = aDataDir()
  await mkdir(folder.path)
  const path = join(folder.path, 'RESULTS.md')

  const atFirst = await readResults(path)
  await writeResults(path, [claiming], [aResult(), aResult({ name: 'gone' })])

  expect(atFirst).toEqual([])
  expect(await readResults(path)).toEqual([aResult()])
})

test('a file without results counts as none', async () => {
  await using folder = aDataDir()
  await mkdir(folder.path)
  await writeFile(join(folder.path, 'RESULTS.md'), '# Something else\n')

  expect(await readResults(join(folder.path, 'RESULTS.md'))).toEqual([])
})
