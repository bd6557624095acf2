/**
 * How often each value came up. What is seen while nothing is wrong stands for the quiet stretches that are not played as
 * well, so it is counted apart and weighs more.
 */
export interface Spread {
  add(value: number, isCalm: boolean, times?: number): void
  /** The value below which this share of all lies; null when there is none. */
  at(share: number, unplayed: number): number | null
}

const ROUNDING = 1e-9

/** @param step values are told apart by so much */
export function openSpread(step: number): Spread {
  const calm = new Map<number, number>()
  const rough = new Map<number, number>()

  return {
    add(value, isCalm, times = 1) {
      const counts = isCalm ? calm : rough
      const key = Math.floor(value / step + ROUNDING)
      counts.set(key, (counts.get(key) ?? 0) + times)
    },
    at(share, unplayed) {
      const [seenCalm, seenRough] = [sum(calm), sum(rough)]
      const weight = seenCalm === 0 ? 0 : (seenCalm + unplayed) / seenCalm
      const wanted = share * (seenCalm * weight + seenRough)
      const keys = [...new Set([...calm.keys(), ...rough.keys()])].sort((one, other) => one - other)
      let passed = 0
      for (const key of keys) {
        passed += (calm.get(key) ?? 0) * weight + (rough.get(key) ?? 0)
        if (passed > 0 && passed >= wanted * (1 - ROUNDING)) return key * step
      }
      return null
    },
  }
}

const sum = (counts: ReadonlyMap<number, number>) => [...counts.values()].reduce((total, times) => total + times, 0)
