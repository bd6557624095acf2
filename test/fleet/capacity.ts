import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../src/units.ts'
import { makeAccounts } from './accounts.ts'
import { cycleOf } from './cycle.ts'
import { KINDS, type Kind } from './kinds.ts'
import { ASSUMED_MIX, countByKind, readMix } from './mix.ts'
import { renderTable } from './render-table.ts'

// The tables of docs/capacity.md. What they are reckoned from stands in the page as well, with how it was measured.

/** Half of what there is stays free: for other work, for peaks, and to catch up after an outage. */
const USED = 0.5
const CPU_SHARE = { daemons: 0.37, postgresql: 0.6, redis: 0.03 }
const BYTES_PER_ACCOUNT = 3000
const BYTES_PER_ATTEMPT = 305
/** Most writes are the first of their page since the last checkpoint. */
const WAL_BYTES = 42_000
const FLEETS = [1_000_000, 10_000_000, 100_000_000]

/** @param rate refreshes per second and core */
export function renderAccountsPerCore(rate: number): string {
  const byCycle = Map.groupBy(KINDS, (kind) => Math.round(meanCycleMs(kind)))
  const rows = [...byCycle].sort(([one], [other]) => one - other)
  return renderTable(
    ['platform', 'access token', 'refreshed every', 'refreshes per account and day', 'accounts per core'],
    rows.map(([cycleMs, kinds]) => [
      kinds.map(({ name }) => name).join(', '),
      lifeOf(kinds[0]),
      time(cycleMs),
      digits(DAY_MS / cycleMs),
      amount((rate * USED * cycleMs) / SECOND_MS),
    ]),
  )
}

/** @param rate refreshes per second and core */
export function renderFleets(rate: number): string {
  const columns = FLEETS.map((accounts) => {
    const perSecond = perSecondOf(accounts)
    const cores = perSecond / (rate * USED)
    const perDay = (perSecond * DAY_MS) / SECOND_MS
    const history = (days: number) => bytes(perDay * days * BYTES_PER_ATTEMPT)
    return [
      ...[digits(perSecond), amount(perDay), digits(cores)],
      ...Object.values(CPU_SHARE).map((share) => digits(cores * share)),
      ...[bytes(accounts * BYTES_PER_ACCOUNT), history(90), history(7)],
      ...[bytes(perDay * BYTES_PER_ATTEMPT), bytes(perDay * WAL_BYTES)],
    ]
  })
  const names = [
    ...['refreshes per second', 'refreshes per day', 'cores, half used'],
    ...['… of these daemons', '… PostgreSQL', '… Redis'],
    ...['accounts on disk', 'history of 90 days', 'history of 7 days', 'history per day', 'WAL per day, at most'],
  ]
  return renderTable(
    ['accounts', ...FLEETS.map(amount)],
    names.map((name, at) => [name, ...columns.map((column) => column[at] ?? '')]),
  )
}

function perSecondOf(accounts: number): number {
  const mix = readMix(ASSUMED_MIX)
  if ('problem' in mix) throw new Error(mix.problem)
  const counts = countByKind(mix, accounts)
  return KINDS.reduce((sum, kind, at) => sum + (counts[at] ?? 0) / (meanCycleMs(kind) / SECOND_MS), 0)
}

const lifeOf = (kind: Kind | undefined) => (kind?.lifetimeMs ? time(kind.lifetimeMs) : 'does not end')

/** Of so many accounts, whose shares of the life lie evenly. */
const SAMPLE = 2000

/** From a refresh to the next, as the rules have it. */
function meanCycleMs(kind: Kind): number {
  const known = cycles.get(kind.name)
  if (known !== undefined) return known
  const accounts = makeAccounts('sample', [{ kind, count: SAMPLE }])
  let sum = 0
  for (let account = 0; account < SAMPLE; account++) sum += cycleOf(accounts, account)
  const step = sum / SAMPLE > DAY_MS ? HOUR_MS : MINUTE_MS
  const meanMs = Math.round(sum / SAMPLE / step) * step
  cycles.set(kind.name, meanMs)
  return meanMs
}

const cycles = new Map<string, number>()

const digits = (number: number) => String(Number(number.toPrecision(2)))

function amount(number: number): string {
  if (number >= 1e9) return `${digits(number / 1e9)} billion`
  return number >= 1e6 ? `${digits(number / 1e6)} million` : Number(number.toPrecision(2)).toLocaleString('en')
}

function bytes(number: number): string {
  return number >= 1e12 ? `${digits(number / 1e12)} TB` : `${digits(number / 1e9)} GB`
}

function time(ms: number): string {
  if (ms > 2 * DAY_MS) return `${digits(ms / DAY_MS)} d`
  return ms >= 2 * HOUR_MS ? `${digits(ms / HOUR_MS)} h` : `${digits(ms / MINUTE_MS)} min`
}
