/** Those who wait, the earliest deadline first: a binary heap. */
export interface DeadlineLine {
  readonly size: number
  push(account: number, deadlineMs: number): void
  /** @returns undefined when nobody waits */
  shift(): number | undefined
}

export function openDeadlineLine(): DeadlineLine {
  const accounts: number[] = []
  const deadlines: number[] = []

  const put = (at: number, account: number, deadlineMs: number) => {
    accounts[at] = account
    deadlines[at] = deadlineMs
  }
  const deadlineAt = (at: number) => deadlines[at] ?? Number.POSITIVE_INFINITY
  const moveDown = (account: number, deadlineMs: number) => {
    let at = 0
    for (;;) {
      const left = 2 * at + 1
      const child = deadlineAt(left + 1) < deadlineAt(left) ? left + 1 : left
      if (deadlineAt(child) >= deadlineMs) break
      put(at, accounts[child] ?? 0, deadlineAt(child))
      at = child
    }
    put(at, account, deadlineMs)
  }

  return {
    get size() {
      return accounts.length
    },
    push(account, deadlineMs) {
      let at = accounts.length
      while (at > 0) {
        const parent = (at - 1) >> 1
        if (deadlineAt(parent) <= deadlineMs) break
        put(at, accounts[parent] ?? 0, deadlineAt(parent))
        at = parent
      }
      put(at, account, deadlineMs)
    },
    shift() {
      const earliest = accounts[0]
      const account = accounts.pop()
      const deadlineMs = deadlines.pop()
      if (accounts.length > 0 && account !== undefined && deadlineMs !== undefined) moveDown(account, deadlineMs)
      return earliest
    },
  }
}
