/** How much a property is tried: a little in every run of the tests, as much as is asked for by `npm run fuzz`. */
export interface Effort {
  readonly numRuns: number
  readonly seed?: number
}

const { FUZZ_CASES, FUZZ_SEED } = process.env

/** @param fewCases how many a run of all tests can afford */
export function effort(fewCases: number): Effort {
  return {
    numRuns: FUZZ_CASES === undefined ? fewCases : Number(FUZZ_CASES),
    ...(FUZZ_SEED === undefined ? {} : { seed: Number(FUZZ_SEED) }),
  }
}

/** The same where each case asks a real server and costs milliseconds: a twentieth of what is asked for. */
export function costlyEffort(fewCases: number): Effort {
  const cheap = effort(fewCases)
  return FUZZ_CASES === undefined ? cheap : { ...cheap, numRuns: Math.max(fewCases, Math.ceil(cheap.numRuns / 20)) }
}

/** No case may stop a long run; a short one that hangs is a failure. */
export const PATIENCE_MS = FUZZ_CASES === undefined ? 60_000 : 24 * 60 * 60_000
