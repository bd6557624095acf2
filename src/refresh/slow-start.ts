/** Gives the room back. */
export type Leave = () => void

/**
 * Lets few requests of an app through at first, and more with every good answer: a wrong secret costs a handful of
 * requests, and a platform that comes back is not met by all accounts at once.
 */
export interface SlowStart {
  /** Waits for room, first come, first served. Null when the gate was closed meanwhile. */
  enter(): Promise<Leave | null>
  /** For what somebody has asked for by itself: ahead of those that wait, and whatever state the app is in. */
  enterAhead(): Promise<Leave>
  /** A good answer: one more may be under way, up to the limit, so that every round of answers doubles them. */
  widen(): void
  /** An attempt that learnt nothing. After many in a row, the next good answer is the end of an outage. */
  falter(): void
  /** The app is in trouble: as at the beginning. */
  narrow(): void
  /** Sends away whoever waits, and whoever comes; not those that go ahead. */
  close(): void
}

const AT_FIRST = 3
/** More than a bad moment, or some dead accounts, if others come between. */
const OUTAGE_ATTEMPTS = 20

/** @param onRestart called at the first good answer after an outage or other trouble */
export function openSlowStart(limit: number, onRestart: () => void): SlowStart {
  let room = Math.min(AT_FIRST, limit)
  let faltered = 0
  let inside = 0
  let isClosed = false
  const waiting: ((leave: Leave | null) => void)[] = []
  const ahead: ((leave: Leave) => void)[] = []

  // Who is called has the room at once, however long it takes to get there: else somebody who comes later could have it.
  const callNext = () => {
    for (; inside < limit && ahead.length > 0; inside++) ahead.shift()?.(leave)
    if (isClosed) for (const call of waiting.splice(0)) call(null)
    for (; inside < room && waiting.length > 0; inside++) waiting.shift()?.(leave)
  }
  const leave = () => {
    inside--
    callNext()
  }

  return {
    enter() {
      const { promise, resolve } = Promise.withResolvers<Leave | null>()
      waiting.push(resolve)
      callNext()
      return promise
    },
    enterAhead() {
      const { promise, resolve } = Promise.withResolvers<Leave>()
      ahead.push(resolve)
      callNext()
      return promise
    },
    widen() {
      if (faltered >= OUTAGE_ATTEMPTS) {
        room = Math.min(AT_FIRST, limit)
        onRestart()
      }
      faltered = 0
      room = Math.min(limit, room + 1)
      callNext()
    },
    falter() {
      faltered++
    },
    narrow() {
      room = Math.min(AT_FIRST, limit)
      faltered = OUTAGE_ATTEMPTS
    },
    close() {
      isClosed = true
      callNext()
    },
  }
}
