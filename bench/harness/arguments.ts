import { parseArgs } from 'node:util'
import type { Benchmark, Size } from './benchmark.ts'

export interface Wanted {
  readonly kind: 'run'
  /** In the order of the table. */
  readonly names: readonly string[]
  readonly size: Size
  /** Null: each benchmark's own. */
  readonly rounds: number | null
}

export type ReadArguments = Wanted | { readonly kind: 'help' } | { readonly kind: 'wrong'; readonly problem: string }

const MOST_ROUNDS = 1000

/** Reads what was asked for on the command line. */
export function readArguments(args: readonly string[], known: readonly string[]): ReadArguments {
  const parsed = parse(args)
  if (typeof parsed === 'string') return { kind: 'wrong', problem: parsed }
  const { values, positionals } = parsed
  if (values.help) return { kind: 'help' }
  const unknown = positionals.filter((name) => !known.includes(name))
  if (unknown.length > 0) return { kind: 'wrong', problem: `There is no benchmark ${unknown.join(', ')}.` }
  const rounds = values.rounds === undefined ? null : Number(values.rounds)
  if (rounds !== null && !(/^\d+$/.test(values.rounds ?? '') && rounds >= 1 && rounds <= MOST_ROUNDS)) {
    return { kind: 'wrong', problem: `--rounds must be a whole number from 1 to ${MOST_ROUNDS}.` }
  }
  const names = positionals.length === 0 ? known : known.filter((name) => positionals.includes(name))
  return { kind: 'run', names, size: values.quick ? 'quick' : 'full', rounds }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        rounds: { type: 'string' },
        quick: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

export function usage(known: readonly Pick<Benchmark, 'name' | 'measures' | 'baseline'>[]): string {
  const width = Math.max(...known.map(({ name }) => name.length))
  return [
    'Usage: npm run bench [-- [NAME…] [--rounds N] [--quick]]',
    '',
    '  --rounds N  measure each side N times instead of as often as each benchmark does by itself',
    '  --quick     small sizes, to see that it works: the bounds are not meant for them, and bench/RESULTS.md stays as it is',
    '',
    'Benchmarks, all of them without a name:',
    ...known.map(({ name, measures, baseline }) => `  ${name.padEnd(width)}  ${measures}, against ${baseline}`),
  ].join('\n')
}
