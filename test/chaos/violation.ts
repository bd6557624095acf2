/** A promise that was not kept. */
export interface Violation {
  /** `process`: a daemon that ended by itself; `harness`: a fault that could not be caused, so nothing is proven. */
  readonly invariant: 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I10' | 'process' | 'harness'
  readonly what: string
  readonly account: string | null
  readonly at: Date
}

/** Remembers violations, each once. */
export interface Violations {
  readonly all: readonly Violation[]
  add(invariant: Violation['invariant'], account: string | null, what: string): void
}

export function openViolations(): Violations {
  const all: Violation[] = []
  const known = new Set<string>()
  return {
    all,
    add(invariant, account, what) {
      const key = `${invariant} ${account} ${what}`
      if (known.has(key)) return
      known.add(key)
      all.push({ invariant, account, what, at: new Date() })
    },
  }
}
