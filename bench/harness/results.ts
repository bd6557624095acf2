import { readFile, writeFile } from 'node:fs/promises'
import type { Benchmark, Bound } from './benchmark.ts'
import type { Verdict } from './measure.ts'

// What was measured, kept beside the benchmarks: a table to read and, under it, each row as it came, so that a run of one
// benchmark leaves the rows of the others as they are.

export interface Result extends Verdict {
  readonly name: string
  readonly rounds: number
  readonly measuredAt: Date
  readonly machine: string
}

const MARK = '<!-- results'

/** @returns empty when there is no file yet */
export async function readResults(path: string): Promise<Result[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    return ''
  })
  const [, json = '[]'] = new RegExp(`${MARK}\n(.*)\n-->`).exec(text) ?? []
  const results = JSON.parse(json) as (Omit<Result, 'measuredAt'> & { measuredAt: string })[]
  return results.map((result) => ({ ...result, measuredAt: new Date(result.measuredAt) }))
}

export async function writeResults(path: string, benchmarks: readonly Benchmark[], results: readonly Result[]) {
  await writeFile(path, renderResults(benchmarks, results))
}

/** @param results at most one of each benchmark; those of benchmarks that are gone are left out */
export function renderResults(benchmarks: readonly Benchmark[], results: readonly Result[]): string {
  const kept = benchmarks.flatMap(({ name }) => results.filter((result) => result.name === name))
  return [
    '# What the benchmarks measured',
    '',
    '`npm run bench` writes this file; a run of some benchmarks leaves the other rows as they are. Figures are medians of',
    'several rounds in which both sides took turns on the same machine: ratios can be compared with those of another',
    'machine, figures cannot. What limits the rows that do not hold, and what was tried: [LIMITS.md](LIMITS.md). Where the',
    'time of a refresh goes: [PROFILE.md](PROFILE.md).',
    '',
    ...renderTable(benchmarks, kept),
    '',
    MARK,
    JSON.stringify(kept),
    '-->',
    '',
  ].join('\n')
}

/** A row for each benchmark, and under it what the figures were measured on. */
export function renderTable(benchmarks: readonly Benchmark[], results: readonly Result[]): string[] {
  const machines = [...new Set(results.map(({ machine }) => machine))]
  const rows = benchmarks.map((benchmark) => {
    const result = results.find(({ name }) => name === benchmark.name)
    return rowOf(benchmark, result, machines.length > 1 ? ` (${machines.indexOf(result?.machine ?? '') + 1})` : '')
  })
  const numbered = machines.map((machine, at) => (machines.length > 1 ? `${at + 1}. ${machine}` : `${machine}.`))
  return [
    '| benchmark | ours | baseline | ratio | to reach | holds | measured |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
    ...(machines.length > 0 ? ['', 'Measured on:', '', ...numbered] : []),
  ]
}

function rowOf(benchmark: Benchmark, result: Result | undefined, machine: string): string {
  const { name, measures, ours, baseline, unit } = benchmark
  const what = `${measures} (\`${name}\`)`
  if (result === undefined) return line([what, ours, baseline, '', describeBound(benchmark), 'not measured', ''])
  return line([
    what,
    `${ours}: ${round(result.ours)} ${unit}`,
    `${baseline}: ${round(result.baseline)} ${unit}`,
    round(result.ratio),
    describeBound(benchmark),
    result.holds ? 'yes' : '**no**',
    `${result.measuredAt.toISOString().slice(0, 10)}, ${result.rounds} ${result.rounds === 1 ? 'round' : 'rounds'}${machine}`,
  ])
}

const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`

/** What a bound asks for, in words. */
export function describeBound({ bound, ceiling, unit }: Pick<Benchmark, 'bound' | 'ceiling' | 'unit'>): string {
  return ceiling === undefined ? boundOf(bound, unit) : `${boundOf(bound, unit)}, below ${ceiling} ${unit}`
}

function boundOf(bound: Bound, unit: string): string {
  if ('atMost' in bound) return `≤ ${bound.atMost} ×`
  if ('atLeast' in bound) return `≥ ${bound.atLeast} ×`
  return `≤ ${bound.atMostMore} ${unit} more`
}

/** Three digits are all that a measurement on a shared machine has. */
export const round = (number: number): string => String(Number(number.toPrecision(3)))
