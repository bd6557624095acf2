/**
 * Lets few requests of an app through at first, and more with every good answer: a wrong secret costs a handful of
 * requests, and a platform that comes back is not met by all accounts at once.
 */
export interface SlowStart {
  /**
   * Waits for room.
   *
   * @returns how to give the room back; null when the gate was closed meanwhile
   */
  enter(): Promise<(() => void) | null>
  /** A good answer: one more may be under way, up to the limit, so that every round of answers doubles them. */
  widen(): void
  /** An attempt that learnt nothing. After many in a row, the next good answer is the end of an outage. */
  falter(): void
  /** The app is in trouble: as at the beginning. */
  narrow(): void
  /** Sends away whoever waits, and whoever comes. */
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
  let waiting: (() => void)[] = []

  const callNext = () => {
    const next = waiting.splice(0, isClosed ? waiting.length : Math.max(0, room - inside))
    for (const call of next) call()
  }
  const leave = () => {
    inside--
    callNext()
  }

  return {
    async enter() {
      while (!isClosed && inside >= room) await new Promise<void>((call) => waiting.push(call))
      if (isClosed) return null
      inside++
      return leave
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
      waiting = []
    },
  }
}
