/** Accounts by the moment at which they are due, for whoever looks at regular intervals. */
export interface Wheel {
  add(account: number): void
  /** Calls for everything that is due by then and was not seen before. Moments must not go back. */
  takeDue(nowMs: number, take: (account: number) => void): void
  /** Forgets everybody, and goes on from there. */
  restart(nowMs: number): void
}

const NOBODY = -1

/**
 * A ring of buckets, one per interval, whose accounts are chained by their numbers: adding and taking cost the same however
 * many accounts there are. What is due later than the ring is long waits in its last bucket, and is put back from there.
 *
 * @param reachMs how far ahead most accounts are due
 */
export function openWheel(
  dueAtMs: Float64Array,
  { intervalMs, reachMs }: { intervalMs: number; reachMs: number },
): Wheel {
  const buckets = Math.ceil(reachMs / intervalMs) + 2
  const first = new Int32Array(buckets).fill(NOBODY)
  const next = new Int32Array(dueAtMs.length).fill(NOBODY)
  /** The first bucket that was not emptied yet, counted from the beginning. */
  let begin = 0

  const add = (account: number) => {
    const wanted = Math.ceil((dueAtMs[account] ?? 0) / intervalMs)
    const bucket = Math.min(Math.max(wanted, begin), begin + buckets - 1) % buckets
    next[account] = first[bucket] ?? NOBODY
    first[bucket] = account
  }
  return {
    add,
    takeDue(nowMs, take) {
      const end = Math.floor(nowMs / intervalMs)
      while (begin <= end) {
        const bucket = begin % buckets
        let account = first[bucket] ?? NOBODY
        first[bucket] = NOBODY
        begin++
        while (account !== NOBODY) {
          const following = next[account] ?? NOBODY
          if ((dueAtMs[account] ?? 0) > nowMs) add(account)
          else take(account)
          account = following
        }
      }
    },
    restart(nowMs) {
      first.fill(NOBODY)
      begin = Math.ceil(nowMs / intervalMs)
    },
  }
}
