/** How large everything is: as the bounds mean it, or small, to see in a minute that it works. */
export type Size = 'full' | 'quick'

/** What has to hold: of ours divided by the baseline, or of what ours takes more, in the benchmark's unit. */
export type Bound = { readonly atMost: number } | { readonly atLeast: number } | { readonly atMostMore: number }

/** One row of the table: something of ours against what it is measured by, in the same run. */
export interface Benchmark {
  readonly name: string
  /** What is measured. */
  readonly measures: string
  readonly ours: string
  readonly baseline: string
  readonly unit: string
  readonly bound: Bound
  /** Ours has to stay below it as well, in the unit. */
  readonly ceiling?: number
  /** How often each side is measured, when nobody says otherwise. */
  readonly rounds: number
  /** A round before these that does not count, where the first differs from those that follow. */
  readonly warmsUp: boolean
  /** Sets up what both sides need. */
  open(size: Size): Promise<Contest>
}

/** Each call measures once, in the benchmark's unit, and leaves everything ready for the next. */
export interface Contest extends AsyncDisposable {
  ours(): Promise<number>
  baseline(): Promise<number>
}
