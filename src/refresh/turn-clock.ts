/** A question to the database and its clock while it answered, all in milliseconds. */
export interface Sounding {
  /** By performance.now(). */
  readonly askedMs: number
  readonly answeredMs: number
  /** By the database's clock, some time in between. */
  readonly databaseMs: number
}

/** Learns how this process's time stands to the database's. */
export interface TurnClock {
  /** Where on performance.now() a moment of the database is, as far as this answer and those before it tell. */
  locate(databaseMs: number, sounding: Sounding): number
  /** How long a question takes, rather too long. */
  roundTripMs(): number
}

const LONGEST_TRIP_MS = 500
/** How slowly the memory of a slow question fades. */
const KEPT = 0.8
const LASTS_MS = 60_000

/** The quickest answer of late tells best, since least can have come between; a slow one is read by what it told. */
export function openTurnClock(): TurnClock {
  let best: { offsetMs: number; tripMs: number; atMs: number } | null = null
  let lately = 0

  return {
    locate(databaseMs, { askedMs, answeredMs, databaseMs: readMs }) {
      const tripMs = answeredMs - askedMs
      lately = Math.max(tripMs, lately * KEPT + tripMs * (1 - KEPT))
      const offsetMs = readMs - (askedMs + answeredMs) / 2
      // The clock was read between question and answer: whoever says otherwise speaks of before a clock was set.
      const isRefuted = best !== null && Math.abs(best.offsetMs - offsetMs) > tripMs / 2 + best.tripMs / 2
      const isOld = best !== null && answeredMs - best.atMs > LASTS_MS
      if (best === null || isRefuted || isOld || tripMs <= best.tripMs) best = { offsetMs, tripMs, atMs: answeredMs }
      return databaseMs - best.offsetMs
    },
    roundTripMs: () => Math.min(LONGEST_TRIP_MS, lately),
  }
}
