import { SECOND_MS } from '../../src/units.ts'
import { openSpread } from './spread.ts'

/** What is counted of one app. */
export interface Tally {
  /** Whether nothing is wrong, and nothing that was echoes: what is seen then stands for what is left out. */
  isCalm: boolean
  /** Requests leave; moments must not go back by more than a second. */
  sent(atMs: number, requests: number): void
  /** @param leftShare of the token's life, below 0 for one that had ended; null: it has no end */
  renewed(leftShare: number | null): void
  failed(): void
  /** A quiet stretch is not played, in which so much would have happened. */
  leftOut(stretch: { fromMs: number; toMs: number; requests: number; renewals: number }): void
  sum(untilMs: number): Sums
}

export interface Sums {
  readonly requests: number
  readonly failures: number
  readonly perSecond: { readonly mean: number; readonly p99: number; readonly most: number }
  /** Shares of the token's life; null: no token ended. */
  readonly left: { readonly least: number; readonly p1: number; readonly median: number } | null
  /** Of the time, which share was played second by second. */
  readonly playedShare: number
}

const LEFT_STEP = 0.001

export function openTally(): Tally {
  const seconds = openSpread(1)
  const left = openSpread(LEFT_STEP)
  let [second, inSecond] = [0, 0]
  let [requests, failures] = [0, 0]
  const leftOut = { seconds: 0, renewals: 0 }

  const goTo = (wanted: number) => {
    if (wanted <= second) return
    seconds.add(inSecond, tally.isCalm)
    if (wanted > second + 1) seconds.add(0, tally.isCalm, wanted - second - 1)
    ;[second, inSecond] = [wanted, 0]
  }
  const tally: Tally = {
    isCalm: true,
    sent(atMs, number) {
      goTo(Math.floor(atMs / SECOND_MS))
      inSecond += number
      requests += number
    },
    renewed(leftShare) {
      if (leftShare !== null) left.add(leftShare, tally.isCalm)
    },
    failed() {
      failures++
    },
    leftOut({ fromMs, toMs, requests: number, renewals }) {
      goTo(Math.floor(fromMs / SECOND_MS))
      second = Math.floor(toMs / SECOND_MS)
      leftOut.seconds += second - Math.floor(fromMs / SECOND_MS)
      leftOut.renewals += renewals
      requests += number
    },
    sum(untilMs) {
      goTo(Math.floor(untilMs / SECOND_MS))
      const all = untilMs / SECOND_MS
      const at = (share: number) => left.at(share, leftOut.renewals)
      const [least, p1, median] = [at(0), at(0.01), at(0.5)]
      return {
        requests,
        failures,
        perSecond: {
          mean: requests / all,
          p99: seconds.at(0.99, leftOut.seconds) ?? 0,
          most: seconds.at(1, leftOut.seconds) ?? 0,
        },
        left: least === null || p1 === null || median === null ? null : { least, p1, median },
        playedShare: 1 - leftOut.seconds / all,
      }
    },
  }
  return tally
}
