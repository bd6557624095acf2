import { execFile } from 'node:child_process'
import { execPath } from 'node:process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { benchmarks } from '../../bench/all.ts'
import { readArguments, usage } from '../../bench/harness/arguments.ts'

const known = ['claiming', 'listing', 'starting']

test('without arguments everything is run, in full', () => {
  expect(readArguments([], known)).toEqual({ kind: 'run', names: known, size: 'full', rounds: null })
})

test('some are run in the order of the table, however they are named', () => {
  expect(readArguments(['starting', 'claiming', 'starting'], known)).toMatchObject({ names: ['claiming', 'starting'] })
})

test('sizes and rounds can be chosen', () => {
  const wanted = { kind: 'run', names: ['listing'], size: 'quick', rounds: 7 }

  expect(readArguments(['listing', '--quick', '--rounds', '7'], known)).toEqual(wanted)
})

test('whoever asks for help gets it, whatever else is there', () => {
  expect(readArguments(['nothing', '--help'], known)).toEqual({ kind: 'help' })
})

test.each([
  [['listings'], 'There is no benchmark listings.'],
  [['listing', 'a', 'b'], 'There is no benchmark a, b.'],
  [['--rounds', '0'], '--rounds must be a whole number from 1 to 1000.'],
  [['--rounds', '1001'], '--rounds must be a whole number from 1 to 1000.'],
  [['--rounds', '1e2'], '--rounds must be a whole number from 1 to 1000.'],
  [['--rounds='], '--rounds must be a whole number from 1 to 1000.'],
  [['--rounds'], expect.stringContaining('--rounds')],
  [['--slow'], expect.stringContaining('--slow')],
])('%j is refused, and said why', (args, problem) => {
  expect(readArguments(args, known)).toEqual({ kind: 'wrong', problem })
})

test('each benchmark has a name of its own that the usage tells', () => {
  const names = benchmarks.map(({ name }) => name)

  expect(new Set(names).size).toBe(names.length)
  for (const name of names) expect(usage(benchmarks)).toContain(`\n  ${name} `)
})

test('who asks for what there is not gets the usage and exit code 2', async () => {
  const main = fileURLToPath(new URL('../../bench/main.ts', import.meta.url))

  const running = promisify(execFile)(execPath, [main, 'nothing'])

  await expect(running).rejects.toMatchObject({
    code: 2,
    stdout: '',
    stderr: `There is no benchmark nothing.\n\n${usage(benchmarks)}\n`,
  })
})
