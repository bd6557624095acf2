import type { App } from '../../src/app.ts'
import { type Course, concerns } from './course.ts'
import type { Outage } from './outages.ts'
import type { Sums } from './tally.ts'

export interface AppReport extends Sums {
  readonly app: App
  readonly accounts: number
  /** Whose token ended before it was renewed, each once. */
  readonly late: number
  /** Of these, without any outage. */
  readonly lateForNoReason: number
  /** Whose grant died, so that their owner has to connect them again. */
  readonly lost: number
}

export interface OutageReport extends Outage {
  readonly apps: readonly {
    readonly app: App
    readonly late: number
    readonly longestLateMs: number
    /** From the end of the outage until nobody waits and nobody fails; null: not before the end, or before another one. */
    readonly wellAgainAfterMs: number | null
  }[]
}

export interface FleetReport {
  readonly apps: readonly AppReport[]
  readonly outages: readonly OutageReport[]
}

export function reportFleet(
  courses: readonly Course[],
  { outages, endMs }: { outages: readonly Outage[]; endMs: number },
): FleetReport {
  return {
    apps: courses.map(({ app: { app, accounts, tally, lateness, lost } }) => ({
      ...{ app, accounts: accounts.count, lost },
      ...tally.sum(endMs),
      late: lateness.accounts,
      lateForNoReason: lateness.of(null).accounts,
    })),
    outages: outages.map((outage, number) => ({
      ...outage,
      apps: courses
        .filter(({ app }) => concerns(outage, app.app))
        .map(({ app, wellAgainMs }) => {
          const { accounts: late, longestMs: longestLateMs } = app.lateness.of(number)
          const wellMs = wellAgainMs[number] ?? null
          return { app: app.app, late, longestLateMs, wellAgainAfterMs: wellMs === null ? null : wellMs - outage.toMs }
        }),
    })),
  }
}
