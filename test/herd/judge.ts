import type { Arrival, Seen } from './platform.ts'

/** What a run came to, as the platform saw it. */
export interface HerdReport {
  readonly accounts: number
  readonly perSecond: number
  readonly seconds: number
  /** Requests per second from the first to the last, without the outage and the ramp after it. */
  readonly meanPerSecond: number
  /** Most requests in any span of one second; judged: of those in which neither the platform nor the daemons stood still. */
  readonly mostInOneSecond: { readonly judged: number; readonly any: number; readonly judgedShare: number }
  /** How many places behind its own by deadline an account was served. */
  readonly behindPlaces: { readonly most: number; readonly mean: number }
  /**
   * Served after the end of their token; ideal: in deadline order, exactly at the limit from the first request on; and the
   * same at the mean that was kept instead of the limit.
   */
  readonly late: {
    readonly accounts: number
    readonly ideal: number
    readonly idealAtMean: number
    readonly mostSeconds: number
  }
  /** Requests in each second since the first good answer after the outage. */
  readonly ramp: readonly number[]
  readonly replays: number
}

export interface Herd {
  readonly perSecond: number
  /** End of the token of each account, by its number, in milliseconds since 1970. */
  readonly deadlinesMs: readonly number[]
  /** Null: there was none. */
  readonly outage: { readonly fromMs: number; readonly toMs: number } | null
}

const WINDOW_MS = 1000
/** What a standstill held back arrives within this after its end, together with what is due then. */
const WAKES_MS = 100
const RAMP_S = 12

export function judgeHerd(seen: Seen, { perSecond, deadlinesMs, outage }: Herd): HerdReport {
  const arrivals = [...seen.arrivals].sort((one, other) => one.atMs - other.atMs)
  const firstMs = arrivals[0]?.atMs ?? 0
  const lastMs = arrivals.at(-1)?.atMs ?? 0
  const steady = outage === null ? arrivals : arrivals.filter(({ atMs }) => atMs < outage.fromMs)
  const steadyMs = (steady.at(-1)?.atMs ?? 0) - firstMs
  const meanPerSecond = ((steady.length - 1) / steadyMs) * 1000
  return {
    accounts: deadlinesMs.length,
    perSecond,
    seconds: round((lastMs - firstMs) / 1000),
    meanPerSecond: round(meanPerSecond),
    mostInOneSecond: countWindows(arrivals, seen.stalls),
    behindPlaces: countBehind(steady, deadlinesMs),
    late: countLate(arrivals, { deadlinesMs, firstMs, perSecond, meanPerSecond }),
    ramp: outage === null ? [] : countRamp(arrivals, outage.toMs),
    replays: seen.replays,
  }
}

/** The fullest window begins with a request: those windows are all that have to be looked at. */
function countWindows(arrivals: readonly Arrival[], stalls: Seen['stalls']): HerdReport['mostInOneSecond'] {
  let any = 0
  let judged = 0
  let judgedWindows = 0
  let end = 0
  let stall = 0
  for (const [begin, { atMs }] of arrivals.entries()) {
    while ((arrivals[end]?.atMs ?? Number.POSITIVE_INFINITY) < atMs + WINDOW_MS) end++
    while ((stalls[stall]?.toMs ?? Number.POSITIVE_INFINITY) + WAKES_MS < atMs) stall++
    any = Math.max(any, end - begin)
    if ((stalls[stall]?.fromMs ?? Number.POSITIVE_INFINITY) < atMs + WINDOW_MS) continue
    judged = Math.max(judged, end - begin)
    judgedWindows++
  }
  return { judged, any, judgedShare: round(judgedWindows / Math.max(1, arrivals.length)) }
}

function countBehind(arrivals: readonly Arrival[], deadlinesMs: readonly number[]): HerdReport['behindPlaces'] {
  const served = arrivals.map(({ account }) => account)
  const byDeadline = [...served].sort((one, other) => (deadlinesMs[one] ?? 0) - (deadlinesMs[other] ?? 0))
  const placeOf = new Map(byDeadline.map((account, place) => [account, place]))
  const behind = served.map((account, place) => Math.max(0, place - (placeOf.get(account) ?? 0)))
  const sum = behind.reduce((total, places) => total + places, 0)
  return { most: Math.max(0, ...behind), mean: round(sum / Math.max(1, behind.length)) }
}

interface Pace {
  readonly deadlinesMs: readonly number[]
  readonly firstMs: number
  readonly perSecond: number
  readonly meanPerSecond: number
}

function countLate(
  arrivals: readonly Arrival[],
  { deadlinesMs, firstMs, perSecond, meanPerSecond }: Pace,
): HerdReport['late'] {
  const lateMs = arrivals
    .filter(({ isRenewed }) => isRenewed)
    .map(({ atMs, account }) => atMs - (deadlinesMs[account] ?? 0))
    .filter((ms) => ms > 0)
  const inOrder = [...deadlinesMs].sort((one, other) => one - other)
  const lateAt = (rate: number) =>
    inOrder.filter((deadlineMs, place) => firstMs + (place / rate) * 1000 > deadlineMs).length
  return {
    accounts: lateMs.length,
    ideal: lateAt(perSecond),
    idealAtMean: lateAt(meanPerSecond),
    mostSeconds: round(lateMs.reduce((most, ms) => Math.max(most, ms), 0) / 1000),
  }
}

function countRamp(arrivals: readonly Arrival[], wellMs: number): number[] {
  const goodMs = arrivals.find(({ atMs, isRenewed }) => isRenewed && atMs >= wellMs)?.atMs ?? wellMs
  const lastMs = arrivals.at(-1)?.atMs ?? goodMs
  const seconds = Math.min(RAMP_S, Math.ceil((lastMs - goodMs) / 1000))
  return Array.from({ length: seconds }, (_, second) => {
    const fromMs = goodMs + second * 1000
    return arrivals.filter(({ atMs }) => atMs >= fromMs && atMs < fromMs + 1000).length
  })
}

const round = (number: number) => Math.round(number * 100) / 100
