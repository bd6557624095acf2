import { describe, expect, test } from 'vitest'
import { readArguments, usage } from '../../bench/harness/arguments.ts'

const KNOWN = ['first', 'second', 'third']

test('runs all benchmarks in full when nothing is asked for', () => {
  expect(readArguments([], KNOWN)).toEqual({ kind: 'run', names: KNOWN, size: 'full', rounds: null })
})

test('runs those that are named, each once and in the order of the table', () => {
  expect(readArguments(['third', '--quick', 'first', '--rounds', '3', 'third'], KNOWN)).toEqual({
    ...{ kind: 'run', names: ['first', 'third'], size: 'quick', rounds: 3 },
  })
})

test('names the benchmarks that it does not know', () => {
  expect(readArguments(['first', 'fourth', 'fifth'], KNOWN)).toEqual({
    ...{ kind: 'wrong', problem: 'There is no benchmark fourth, fifth.' },
  })
})

describe('refuses rounds that are no whole number from 1 on', () => {
  test.each(['0', '-1', '1.5', '1e2', 'many', '', ' 3', '1001'])('%j', (rounds) => {
    expect(readArguments([`--rounds=${rounds}`], KNOWN)).toMatchObject({
      ...{ kind: 'wrong', problem: '--rounds must be a whole number from 1 to 1000.' },
    })
  })
})

test('refuses options that it does not know, and one without its value', () => {
  expect(readArguments(['--fast'], KNOWN)).toMatchObject({ kind: 'wrong', problem: expect.stringContaining('--fast') })
  expect(readArguments(['--rounds'], KNOWN)).toMatchObject({
    kind: 'wrong',
    problem: expect.stringContaining('rounds'),
  })
})

test('says how it is used, with every benchmark', () => {
  expect(readArguments(['--help'], KNOWN)).toEqual({ kind: 'help' })
  expect(usage([{ name: 'first', measures: 'time to begin' }])).toContain('  first  time to begin')
})
