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
  /** A good answer: twice as many may be under way, up to the limit. */
  widen(): void
  /** The app is in trouble: as at the beginning. */
  narrow(): void
  /** Sends away whoever waits, and whoever comes. */
  close(): void
}

const AT_FIRST = 3

export function openSlowStart(limit: number): SlowStart {
  let room = Math.min(AT_FIRST, limit)
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
      room = Math.min(limit, room * 2)
      callNext()
    },
    narrow() {
      room = Math.min(AT_FIRST, limit)
    },
    close() {
      isClosed = true
      callNext()
      waiting = []
    },
  }
}
