/** Who was without a token that works, and because of what. */
export interface Lateness {
  /**
   * A token was renewed after its end.
   *
   * @param cause the number of the outage; null: none
   */
  note(account: number, cause: number | null, lateMs: number): void
  /** Each account once, however often it was late. */
  readonly accounts: number
  of(cause: number | null): { readonly accounts: number; readonly longestMs: number }
}

export function openLateness(accounts: number, causes: number): Lateness {
  /** One bit per cause; the first is that of no cause. */
  const lateIn = new Uint16Array(accounts)
  const perCause = Array.from({ length: causes + 1 }, () => ({ accounts: 0, longestMs: 0 }))
  let all = 0
  const bitOf = (cause: number | null) => (cause === null ? 0 : cause + 1)

  return {
    note(account, cause, lateMs) {
      const known = lateIn[account] ?? 0
      const bit = bitOf(cause)
      const found = perCause[bit]
      if (found === undefined) throw new Error(`there is no outage ${cause}`)
      if (known === 0) all++
      if ((known & (1 << bit)) === 0) found.accounts++
      found.longestMs = Math.max(found.longestMs, lateMs)
      lateIn[account] = known | (1 << bit)
    },
    get accounts() {
      return all
    },
    of: (cause) => ({ ...(perCause[bitOf(cause)] ?? { accounts: 0, longestMs: 0 }) }),
  }
}
