import type { Benchmark, Size } from './benchmark.ts'
import { judge, measure } from './measure.ts'
import { describeBound, type Result, round } from './results.ts'

export interface RunOptions {
  readonly size: Size
  /** Null: the benchmark's own. */
  readonly rounds: number | null
  readonly machine: string
  readonly signal: AbortSignal
  readonly print: (line: string) => void
}

/** Enough to see that it works. */
const QUICK_ROUNDS = 1

/** Sets one benchmark up, measures it, and says what came of it. */
export async function runBenchmark(benchmark: Benchmark, options: RunOptions): Promise<Result> {
  const { size, machine, signal, print } = options
  const { name, measures, unit, warmsUp } = benchmark
  const rounds = options.rounds ?? (size === 'quick' ? QUICK_ROUNDS : benchmark.rounds)
  print(`\n${name}: ${measures}`)
  await using contest = await benchmark.open(size)
  const figures = (ours: number, baseline: number) => `${round(ours)} against ${round(baseline)} ${unit}`
  const measured = await measure(contest, {
    ...{ rounds, warmsUp, signal },
    onRound: (at, ours, baseline) => print(`  ${at} of ${rounds}: ${figures(ours, baseline)}`),
  })
  const verdict = judge(benchmark, measured)
  if (size === 'quick') {
    const ratio = Number.isNaN(verdict.ratio) ? 'nothing to compare' : `ratio ${round(verdict.ratio)}`
    print(`  ${ratio} at small sizes; to reach at full ones ${describeBound(benchmark)}`)
  } else {
    const answer = verdict.holds ? 'holds' : 'DOES NOT HOLD'
    print(`  ${benchmark.ours} against ${benchmark.baseline}, medians: ${figures(verdict.ours, verdict.baseline)}`)
    print(`  ratio ${round(verdict.ratio)}, to reach ${describeBound(benchmark)}: ${answer}`)
  }
  return { name, ...verdict, rounds, measuredAt: new Date(), machine }
}
