/** Gives the room back. */
export type Leave = () => void

/**
 * Lets few requests of an app through at first, and more with every good answer: a wrong secret costs a handful of
 * requests, and a platform that comes back is not met by all accounts at once.
 */
export interface SlowStart {
  /**
   * Waits for room, first come, first served. Null when the gate was closed meanwhile, or the company sent away.
   *
   * @param company those who came together
   */
  enter(company?: object): Promise<Leave | null>
  /** Sends away whoever of a company still waits. */
  sendAway(company: object): void
  /** For what somebody has asked for by itself: ahead of those that wait, and whatever state the app is in. */
  enterAhead(): Promise<Leave>
  /**
   * A good answer: one more may be under way, up to the limit, so that every round of answers doubles them.
   *
   * @param hasWaitedLong for its turn before a platform with a limit: then it is one less
   */
  widen(hasWaitedLong?: boolean): void
  /** An attempt came to nothing because it had waited too long for its turn: one less may be under way. */
  tighten(): void
  /** An attempt that learnt nothing. After many in a row, the next good answer is the end of an outage. */
  falter(): void
  /** The app is in trouble: as at the beginning. */
  narrow(): void
  /** Sends away whoever waits, and whoever comes; not those that go ahead. */
  close(): void
}

interface Waiting {
  readonly call: (leave: Leave | null) => void
  readonly company: object | undefined
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
  let waiting: Waiting[] = []
  const ahead: ((leave: Leave) => void)[] = []

  // Who is called has the room at once, however long it takes to get there: else somebody who comes later could have it.
  const callNext = () => {
    for (; inside < limit && ahead.length > 0; inside++) ahead.shift()?.(leave)
    if (isClosed) for (const { call } of waiting.splice(0)) call(null)
    for (; inside < room && waiting.length > 0; inside++) waiting.shift()?.call(leave)
  }
  const leave = () => {
    inside--
    callNext()
  }

  return {
    enter(company) {
      const { promise, resolve } = Promise.withResolvers<Leave | null>()
      waiting.push({ call: resolve, company })
      callNext()
      return promise
    },
    sendAway(company) {
      const { gone = [], left = [] } = Object.groupBy(waiting, (one) => (one.company === company ? 'gone' : 'left'))
      waiting = left
      for (const { call } of gone) call(null)
    },
    enterAhead() {
      const { promise, resolve } = Promise.withResolvers<Leave>()
      ahead.push(resolve)
      callNext()
      return promise
    },
    widen(hasWaitedLong = false) {
      if (faltered >= OUTAGE_ATTEMPTS) {
        room = Math.min(AT_FIRST, limit)
        onRestart()
      }
      faltered = 0
      room = hasWaitedLong ? Math.max(1, room - 1) : Math.min(limit, room + 1)
      callNext()
    },
    tighten() {
      room = Math.max(1, room - 1)
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
