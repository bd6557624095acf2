import type { Seen } from './accounts-seen.ts'
import type { World } from './fault.ts'

const MINUTE_MS = 60_000
const LEASE_MS = 90_000
/** A claim whose job is lost comes back after this. */
const VISIBILITY_MS = 120_000
/** The scan that follows, the look after a lease, the request itself, and a machine that is busy. */
const MARGIN_MS = 45_000

/**
 * I4: how long after a fault every account has to be fresh again.
 *
 * The longest way back: the claim or the lease of whoever was struck runs out, and then the account waits as long as its
 * failures say. It can have failed once at first and then once a minute, and after n failures it waits up to 2^n minutes.
 */
export function recoveryBoundMs(faultMs: number): number {
  const failures = 1 + Math.ceil(faultMs / MINUTE_MS)
  return LEASE_MS + VISIBILITY_MS + MARGIN_MS + MINUTE_MS * 2 ** Math.min(failures, 4)
}

/**
 * Says what is not as it was since the fault ended: accounts that are stale, fail, or hang in an attempt or a claim from
 * before, a pause, and a daemon or a platform that has renewed nothing since.
 */
export async function findUnfresh(world: World, accounts: readonly Seen[], since: Date): Promise<string[]> {
  const unfresh = accounts.flatMap((seen) => {
    const reason = reasonOf(seen, since)
    return reason === null ? [] : [`${seen.account} ${reason}`]
  })
  if (unfresh.length > 0) return unfresh
  const paused = await world.query<{ app: string; reason: string }>(
    'select app, reason from platform_states where paused_until > now()',
  )
  if (paused.length > 0) return paused.map(({ app, reason }) => `${app} is paused: ${reason}`)
  const renewed = await world.query<{ worker: string; platform: string }>(
    `select distinct worker, platform from refresh_attempts where started_at >= $1 and outcome = 'renewed'`,
    [since],
  )
  const idle = world.daemons.names.filter((name) => {
    const worker = world.daemons.workerOf(name)
    return !renewed.some((row) => row.worker === worker)
  })
  const silent = [...new Set(accounts.map(({ platform }) => platform))].filter(
    (platform) => !renewed.some((row) => row.platform === platform),
  )
  return [...idle, ...silent].map((name) => `${name} has renewed nothing since`)
}

function reasonOf(seen: Seen, since: Date): string | null {
  const { status, is_stale, in_doubt_at, consecutive_failures, attempt_started_at, claimed_at, renewable } = seen
  const isFrom = (moment: Date | null) => moment !== null && moment < since
  if (status !== 'ACTIVE' || !renewable) return `is ${status}, renewable ${renewable}`
  if (is_stale) return `is stale, due ${seen.due_at?.toISOString()}, failures ${consecutive_failures}`
  if (in_doubt_at !== null) return 'is in doubt'
  if (consecutive_failures > 0) return `has failed ${consecutive_failures} times`
  if (isFrom(attempt_started_at)) return 'hangs in an attempt'
  return isFrom(claimed_at) ? 'hangs in a claim' : null
}
