import type { FleetStatus, PlatformStatus } from '../../database/fleet-status.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../units.ts'
import { count } from '../progress.ts'
import { layOut, moment } from '../table.ts'
import type { QueueStatus } from './read-queue.ts'

/** Everything that the screen shows. */
export interface WholeStatus extends FleetStatus {
  readonly queue: QueueStatus
}

export interface Settings {
  /** Apps that a daemon with these settings refreshes. */
  readonly apps: readonly string[]
  /** Names of the keys, the first one seals; null: not known here. */
  readonly kids: readonly string[] | null
}

/** Lays out the fleet's status as one screen. */
export function drawStatus(status: WholeStatus, settings: Settings): string {
  const { platforms } = status
  const rows = platforms.map((row) => rowOf(row.platform, row, status, stateOf(row.apps, status, settings.apps)))
  const total = platforms.length > 1 ? [rowOf('all', sumOf(platforms), status, '')] : []
  const table = rows.length === 0 ? 'No account is connected.' : layOut([HEADING, ...rows, ...total])
  const pauses = pausesWithoutAccounts(status)
  return [
    `${table}\n`,
    ...pauses,
    `Last scan: ${describeScan(status)}`,
    `Queue:     ${describeQueue(status.queue)}`,
    `Keys:      ${describeKeys(status, settings.kids)}`,
  ].join('\n')
}

const HEADING = [
  'PLATFORM',
  'ACTIVE',
  'EXPIRED',
  'REVOKED',
  'DUE',
  'OVERDUE',
  'OLDEST',
  'NEXT ENDS',
  'IN DOUBT',
  'RECONNECT 14 D',
  'TRIED 1 H',
  'FAILED 1 H',
  'STATE',
]

function rowOf(name: string, row: Omit<PlatformStatus, 'platform' | 'apps'>, { now }: FleetStatus, state: string) {
  return [
    name,
    row.active,
    row.tokenExpired,
    row.revoked,
    row.due,
    row.overdue,
    row.oldestOverdueAt === null ? '–' : `${span(now.getTime() - row.oldestOverdueAt.getTime())} ago`,
    row.nextExpiryAt === null ? '–' : `in ${span(row.nextExpiryAt.getTime() - now.getTime())}`,
    row.inDoubt,
    row.reconnectSoon,
    row.attemptsLastHour,
    row.failuresLastHour,
    state,
  ]
}

function sumOf(rows: readonly PlatformStatus[]): Omit<PlatformStatus, 'platform' | 'apps'> {
  const sum = (of: (row: PlatformStatus) => number) => rows.reduce((total, row) => total + of(row), 0)
  const earliest = (of: (row: PlatformStatus) => Date | null) =>
    rows.map(of).reduce((first, at) => (first === null || (at !== null && at < first) ? at : first), null)
  return {
    active: sum((row) => row.active),
    tokenExpired: sum((row) => row.tokenExpired),
    revoked: sum((row) => row.revoked),
    due: sum((row) => row.due),
    overdue: sum((row) => row.overdue),
    oldestOverdueAt: earliest((row) => row.oldestOverdueAt),
    nextExpiryAt: earliest((row) => row.nextExpiryAt),
    inDoubt: sum((row) => row.inDoubt),
    reconnectSoon: sum((row) => row.reconnectSoon),
    attemptsLastHour: sum((row) => row.attemptsLastHour),
    failuresLastHour: sum((row) => row.failuresLastHour),
  }
}

function stateOf(apps: readonly string[], status: FleetStatus, usableHere: readonly string[]): string {
  const usable = status.usableApps ?? usableHere
  const troubles = apps.flatMap((app) => {
    const pause = status.paused.find((found) => found.app === app)
    const trouble = pause !== undefined ? describePause(pause, status.now) : leftAlone(app, usable)
    // Which of them it is, where a platform has accounts of several.
    return trouble === null ? [] : [apps.length === 1 ? trouble : `${app} ${trouble}`]
  })
  return troubles.length === 0 ? 'ok' : troubles.join('; ')
}

const leftAlone = (app: string, usable: readonly string[]) =>
  usable.includes(app) ? null : `left alone: ${app}_CLIENT_ID is not set`

function describePause({ pausedUntil, reason }: FleetStatus['paused'][number], now: Date): string {
  if (pausedUntil === null) return `paused until resumed: ${reason}`
  return `${pausedUntil > now ? `paused until ${moment(pausedUntil)}` : 'trying one account'}: ${reason}`
}

/** A pause of an app whose accounts come later, or have gone, is easily forgotten. */
function pausesWithoutAccounts(status: FleetStatus): string[] {
  return status.paused
    .filter(({ app }) => !status.platforms.some((row) => row.apps.includes(app)))
    .map((pause) => `${pause.app}: ${describePause(pause, status.now)}`)
}

function describeScan({ lastScanAt, now }: FleetStatus): string {
  if (lastScanAt === null) return 'never. Start a daemon.'
  return `${Math.max(0, Math.round((now.getTime() - lastScanAt.getTime()) / SECOND_MS))} s ago`
}

function describeQueue({ backend, waiting }: QueueStatus): string {
  const name = backend === 'redis' ? 'Redis' : 'PostgreSQL'
  if (waiting === null) return `${name}, which does not answer; accounts wait in the database`
  const depths = Object.entries(waiting).map(([app, jobs]) => `${app} ${count(jobs)}`)
  return `${name}; waiting: ${depths.length === 0 ? 'no app is configured here' : depths.join(', ')}`
}

function describeKeys({ keys }: FleetStatus, kids: readonly string[] | null): string {
  const uses = keys.map(({ kid, credentials }) => {
    const missing = kids === null || (kid !== null && kids.includes(kid)) ? '' : ', NOT in TOKEN_ENCRYPTION_KEYS'
    return `${kid ?? 'unreadable'} seals ${count(credentials)}${missing}`
  })
  return uses.length === 0 ? 'nothing is sealed' : uses.join('; ')
}

/** A length of time in its largest unit. */
function span(ms: number): string {
  const units = [
    [DAY_MS, 'd'],
    [HOUR_MS, 'h'],
    [MINUTE_MS, 'min'],
  ] as const
  const [unitMs, name] = units.find(([unit]) => ms >= 2 * unit) ?? [SECOND_MS, 's']
  return `${Math.max(0, Math.floor(ms / unitMs))} ${name}`
}
