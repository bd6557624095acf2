import type { App } from '../../src/app.ts'
import { DAY_MS } from '../../src/units.ts'
import { endOf } from './accounts.ts'
import type { FleetOptions } from './fleet-options.ts'
import { isDuring, type Outage } from './outages.ts'
import { rest } from './rest.ts'
import type { SimulatedApp } from './simulated-app.ts'

/** How an app fares in the course of time. */
export interface Course {
  readonly app: SimulatedApp
  /** The outage that it suffers from, or whose consequences it has not got over; null: all is well. */
  readonly cause: number | null
  /** Nothing is played until then. */
  readonly restsUntilMs: number
  /** When it had got over each outage; null: it did not. */
  readonly wellAgainMs: readonly (number | null)[]
  /** Before the scan: notices what begins. */
  notice(nowMs: number): void
  /** After the work of a round: notices what is over, and what may be left out. */
  lookBack(nowMs: number): void
  /** The simulation is over. */
  end(endMs: number): void
}

/**
 * For so many of its longest cycles an outage has an echo: accounts that were renewed at the same time are due at the same
 * time again, less so each time.
 */
const ECHO_CYCLES = 6
/** For so many an app is played in peace at the beginning, before an outage and before the end: they stand for the rest. */
const PEACEFUL_CYCLES = 1

export const concerns = ({ who }: Outage, app: App): boolean => who === app || who === 'daemons'

export function openCourse(app: SimulatedApp, options: FleetOptions, intervalMs: number): Course {
  const { outages, playsAll, latencyMs, days } = options
  const numbers = [...outages.keys()].filter((number) => concerns(outages[number] as Outage, app.app))
  const cycleMs = app.longestCycleMs
  const peaceMs = PEACEFUL_CYCLES * cycleMs
  let cause: number | null = null
  let echoesUntilMs = 0
  let restsUntilMs = 0
  const wellAgainMs: (number | null)[] = outages.map(() => null)
  const isOn = (number: number, nowMs: number) => isDuring(outages[number] as Outage, nowMs)

  const restFrom = (nowMs: number) => {
    const next = outages.find((outage) => concerns(outage, app.app) && outage.fromMs > nowMs)?.fromMs ?? days * DAY_MS
    const toMs = Math.ceil((next - peaceMs) / intervalMs) * intervalMs
    if (toMs - nowMs < cycleMs) return
    rest(app, { fromMs: nowMs, toMs, waitMs: intervalMs / 2 + latencyMs })
    restsUntilMs = toMs
  }
  return {
    app,
    wellAgainMs,
    get cause() {
      return cause
    },
    get restsUntilMs() {
      return restsUntilMs
    },
    notice(nowMs) {
      for (const number of numbers) if (isOn(number, nowMs)) cause = number
      app.tally.isCalm = cause === null && nowMs >= echoesUntilMs
    },
    lookBack(nowMs) {
      if (cause !== null) {
        if (!app.isIdle || isOn(cause, nowMs)) return
        wellAgainMs[cause] = nowMs
        cause = null
        echoesUntilMs = nowMs + ECHO_CYCLES * cycleMs
      }
      if (!playsAll && nowMs >= Math.max(peaceMs, echoesUntilMs) && app.isIdle) restFrom(nowMs)
    },
    end(endMs) {
      const { accounts, lateness } = app
      for (let account = 0; account < accounts.count; account++) {
        const tokenEndMs = endOf(accounts, account) ?? endMs
        const waits = tokenEndMs < endMs && accounts.isLost[account] === 0
        if (waits) lateness.note(account, cause, endMs - tokenEndMs)
      }
    },
  }
}
