import { type FleetStatus, readFleetStatus } from '../../database/fleet-status.ts'
import { configuredApps } from '../../platforms/registry.ts'
import { openMigratedSession } from '../session.ts'
import { layOut, moment } from '../table.ts'
import { print, type Terminal } from '../terminal.ts'

/** Shows on one screen how the accounts of each platform stand. */
export async function runStatus({ json }: { json?: true }, terminal: Terminal): Promise<void> {
  await using session = await openMigratedSession(terminal, { keys: false })
  const status = await readFleetStatus(session.db)
  await print(terminal.output, json ? JSON.stringify(status) : describe(status, configuredApps(session.config)))
}

function describe(status: FleetStatus, usable: readonly string[]): string {
  const heading = [
    'PLATFORM',
    'ACTIVE',
    'EXPIRED',
    'REVOKED',
    'DUE',
    'OVERDUE',
    'OLDEST OVERDUE (UTC)',
    'NEXT EXPIRY (UTC)',
    'IN DOUBT',
    'STATE',
  ]
  const rows = status.platforms.map((row) => [
    row.platform,
    row.active,
    row.tokenExpired,
    row.revoked,
    row.due,
    row.overdue,
    moment(row.oldestOverdueAt),
    moment(row.nextExpiryAt),
    row.inDoubt,
    stateOf(row.app, status, usable),
  ])
  const table = rows.length === 0 ? 'No account is connected.' : layOut([heading, ...rows])
  return `${table}\n\nLast scan: ${describeScan(status)}`
}

function stateOf(app: string | null, { paused, now }: FleetStatus, usable: readonly string[]): string {
  const pause = paused.find((found) => found.app === app)
  if (pause !== undefined) {
    const until = pause.pausedUntil > now ? `paused until ${moment(pause.pausedUntil)}` : 'trying one account'
    return `${until}: ${pause.reason}`
  }
  return app !== null && !usable.includes(app) ? `left alone: ${app}_CLIENT_ID is not set` : 'ok'
}

function describeScan({ lastScanAt, now }: FleetStatus): string {
  if (lastScanAt === null) return 'never. Start a daemon.'
  return `${Math.max(0, Math.round((now.getTime() - lastScanAt.getTime()) / 1000))} s ago`
}
