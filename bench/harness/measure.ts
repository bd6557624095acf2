import type { Benchmark, Contest } from './benchmark.ts'

/** What both sides came to, round by round. */
export interface Measured {
  readonly ours: readonly number[]
  readonly baseline: readonly number[]
}

export interface MeasureOptions {
  readonly rounds: number
  readonly warmsUp: boolean
  /** Aborted: somebody does not want to wait any longer. */
  readonly signal: AbortSignal
  /** Called after each round that counts. */
  readonly onRound: (round: number, ours: number, baseline: number) => void
}

/** Measures ours and the baseline in turns, so that what else the machine does falls on both. */
export async function measure(contest: Contest, options: MeasureOptions): Promise<Measured> {
  const { rounds, warmsUp, signal, onRound } = options
  const ours: number[] = []
  const baseline: number[] = []
  for (let round = warmsUp ? 0 : 1; round <= rounds; round++) {
    const one = await measureRound(contest, { isOursFirst: round % 2 === 1, signal })
    if (round === 0) continue
    ours.push(one.ours)
    baseline.push(one.baseline)
    onRound(round, one.ours, one.baseline)
  }
  return { ours, baseline }
}

/** Whoever is second finds a machine that the first has warmed up, or worn out: they take turns in that as well. */
async function measureRound(
  contest: Contest,
  { isOursFirst, signal }: { isOursFirst: boolean; signal: AbortSignal },
): Promise<{ ours: number; baseline: number }> {
  const measureOurs = () => unlessAborted(contest.ours(), signal)
  const measureBaseline = () => unlessAborted(contest.baseline(), signal)
  if (isOursFirst) return { ours: await measureOurs(), baseline: await measureBaseline() }
  const baseline = await measureBaseline()
  return { ours: await measureOurs(), baseline }
}

/** @throws what the signal says */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const onAbort = () => reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    signal.throwIfAborted()
    return await Promise.race([work, promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
    // What is under way breaks when its servers are stopped, and nobody wants to know.
    work.catch(() => undefined)
  }
}

/** What the benchmark's bound says of what was measured. */
export interface Verdict {
  /** Medians. */
  readonly ours: number
  readonly baseline: number
  /** Of the medians. */
  readonly ratio: number
  readonly holds: boolean
}

export function judge({ bound, ceiling }: Pick<Benchmark, 'bound' | 'ceiling'>, measured: Measured): Verdict {
  const [ours, baseline] = [medianOf(measured.ours), medianOf(measured.baseline)]
  const ratio = ours / baseline
  const isWithinBound =
    'atMost' in bound
      ? ratio <= bound.atMost
      : 'atLeast' in bound
        ? ratio >= bound.atLeast
        : ours - baseline <= bound.atMostMore
  return { ours, baseline, ratio, holds: isWithinBound && (ceiling === undefined || ours < ceiling) }
}

/** @returns NaN for none */
export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  const middle = Math.floor(sorted.length / 2)
  const [below = Number.NaN, above = Number.NaN] = [sorted[middle - 1], sorted[middle]]
  return sorted.length % 2 === 0 ? (below + above) / 2 : above
}
