import { cycleOf } from './cycle.ts'
import type { SimulatedApp } from './simulated-app.ts'

/**
 * Leaves a quiet stretch out: nothing is wrong in it, so that each account goes on in its own cycle. It is as if every
 * refresh had been played, but that the wait for the scan, which shifts an account by a second, is always the average.
 *
 * @param waitMs from the due moment to the answer, on average
 */
export function rest(
  { accounts, wheel, tally }: SimulatedApp,
  { fromMs, toMs, waitMs }: { fromMs: number; toMs: number; waitMs: number },
): void {
  const { dueAtMs, issuedAtMs, isLost } = accounts
  let [requests, renewals] = [0, 0]
  wheel.restart(toMs)
  for (let account = 0; account < accounts.count; account++) {
    if (isLost[account] === 1) continue
    const dueMs = dueAtMs[account] ?? 0
    const cycleMs = cycleOf(accounts, account) + waitMs
    const refreshes = Math.max(0, Math.ceil((toMs - dueMs) / cycleMs))
    dueAtMs[account] = dueMs + refreshes * cycleMs
    issuedAtMs[account] = (issuedAtMs[account] ?? 0) + refreshes * cycleMs
    renewals += refreshes
    requests += refreshes * accounts.kindOf(account).requests
    wheel.add(account)
  }
  tally.leftOut({ fromMs, toMs, requests, renewals })
}
