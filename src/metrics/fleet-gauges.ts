import { Gauge, type Registry } from 'prom-client'
import { SECOND_MS } from '../units.ts'

/** How the whole fleet stands, as the database says; the same in every process. */
export interface FleetFacts {
  readonly now: Date
  readonly platforms: readonly {
    readonly platform: string
    readonly active: number
    readonly tokenExpired: number
    readonly revoked: number
    readonly due: number
    readonly overdue: number
    readonly oldestOverdueAt: Date | null
    readonly inDoubt: number
    readonly reconnectSoon: number
  }[]
  readonly paused: readonly { readonly app: string; readonly reason: string }[]
  readonly lastScanAt: Date | null
}

/** Values that are read elsewhere, shown, and taken away again when they cannot be read. */
export interface Gauges<Facts> {
  show(facts: Facts): void
  forget(): void
}

/** Why an app is paused; what an operator wrote is anything and must not become a label. */
const REASONS = ['app_misconfigured', 'rate_limited', 'many_accounts_ended']

export function openFleetGauges(registry: Registry): Gauges<FleetFacts> {
  const gauges = define(registry)
  const forget = () => Object.values(gauges).forEach((gauge) => void gauge.reset())
  return {
    forget,
    show({ now, platforms, paused, lastScanAt }) {
      forget()
      const secondsSince = (moment: Date) => (now.getTime() - moment.getTime()) / SECOND_MS
      for (const { platform, active, tokenExpired, revoked, oldestOverdueAt, ...counts } of platforms) {
        gauges.accounts.set({ platform, status: 'ACTIVE' }, active)
        gauges.accounts.set({ platform, status: 'TOKEN_EXPIRED' }, tokenExpired)
        gauges.accounts.set({ platform, status: 'REVOKED' }, revoked)
        gauges.due.set({ platform }, counts.due)
        gauges.overdue.set({ platform }, counts.overdue)
        gauges.oldest.set({ platform }, oldestOverdueAt === null ? 0 : secondsSince(oldestOverdueAt))
        gauges.inDoubt.set({ platform }, counts.inDoubt)
        gauges.reconnect.set({ platform }, counts.reconnectSoon)
      }
      for (const { app, reason } of paused)
        gauges.paused.set({ app, reason: REASONS.includes(reason) ? reason : 'operator' }, 1)
      if (lastScanAt === null) gauges.scanAge.remove()
      else gauges.scanAge.set(secondsSince(lastScanAt))
    },
  }
}

function define(registry: Registry) {
  const gauge = (name: string, help: string, ...labelNames: string[]) =>
    new Gauge({ name: `token_refresh_${name}`, help, labelNames, registers: [registry] })
  return {
    accounts: gauge('accounts', 'Connected accounts', 'platform', 'status'),
    due: gauge('accounts_due', 'Accounts that wait for a worker', 'platform'),
    overdue: gauge('accounts_overdue', 'ACTIVE accounts whose access token has ended', 'platform'),
    oldest: gauge('oldest_overdue_seconds', 'Since when the oldest of them is without one', 'platform'),
    inDoubt: gauge('accounts_in_doubt', 'Accounts whose refresh token may be spent', 'platform'),
    reconnect: gauge('accounts_reconnect_due', 'ACTIVE accounts whose grant ends within 14 days', 'platform'),
    paused: gauge('app_paused', '1 while an app is paused, or not tried again since', 'app', 'reason'),
    scanAge: gauge('scan_age_seconds', 'How long ago the fleet looked for due accounts'),
  }
}
