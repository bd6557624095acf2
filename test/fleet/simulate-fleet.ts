import { APPS, type App } from '../../src/app.ts'
import { type Config, readConfig } from '../../src/config.ts'
import { DAY_MS, SECOND_MS } from '../../src/units.ts'
import { type HeldTime, holdTime } from '../model/held-time.ts'
import { makeAccounts } from './accounts.ts'
import { type Course, openCourse } from './course.ts'
import type { FleetOptions } from './fleet-options.ts'
import { KINDS } from './kinds.ts'
import { countByKind } from './mix.ts'
import { isDuring } from './outages.ts'
import { openRandom } from './random.ts'
import { type FleetReport, reportFleet } from './report.ts'
import { shareWork } from './share-work.ts'
import { openApp } from './simulated-app.ts'
import { openTurns } from './turns.ts'

/** Plays the fleet in virtual time: the real rules about who is due when, who goes first and how fast. */
export function simulateFleet(options: FleetOptions): FleetReport {
  using time = holdTime()
  const config = readConfig(options.settings, { keys: false })
  const { outages, daemons, perDaemon } = options
  const { scanIntervalMs } = config
  const endMs = options.days * DAY_MS
  const courses = openCourses(options, config, time)
  const ofDaemons = outages.filter(({ who }) => who === 'daemons')
  const capacity = (daemons * perDaemon * scanIntervalMs) / SECOND_MS

  for (let nowMs = 0; nowMs < endMs; nowMs += scanIntervalMs) {
    const awake = courses.filter(({ restsUntilMs }) => nowMs >= restsUntilMs)
    for (const course of awake) course.notice(nowMs)
    if (ofDaemons.some((outage) => isDuring(outage, nowMs))) continue
    playRound(awake, nowMs, capacity - usualWork(courses, nowMs, scanIntervalMs))
    for (const course of awake) course.lookBack(nowMs)
  }
  for (const course of courses) course.end(endMs)
  return reportFleet(courses, { outages, endMs })
}

/** From one scan to the next. */
function playRound(awake: readonly Course[], nowMs: number, capacity: number): void {
  for (const { app } of awake) app.scan(nowMs)
  const wanted = awake.map(({ app }) => app.wanted())
  const shares = shareWork(wanted, capacity)
  for (const [at, { app, cause }] of awake.entries()) if (wanted[at] !== 0) app.work(nowMs, shares[at] ?? 0, cause)
}

/** What apps take of the fleet whose quiet stretch is left out. */
function usualWork(courses: readonly Course[], nowMs: number, intervalMs: number): number {
  let perSecond = 0
  for (const { app, restsUntilMs } of courses) if (nowMs < restsUntilMs) perSecond += app.usualPerSecond
  return (perSecond * intervalMs) / SECOND_MS
}

function openCourses(options: FleetOptions, config: Config, time: HeldTime): Course[] {
  const counts = countByKind(options.mix, options.accounts)
  const groups = KINDS.map((kind, at) => ({ kind, count: counts[at] ?? 0 }))
  const random = openRandom(options.seed)
  const open = (app: App): Course[] => {
    const ofApp = groups.filter(({ kind, count }) => kind.strategy.app === app && count > 0)
    if (ofApp.length === 0) return []
    const accounts = makeAccounts(`${options.seed}_${app}`, ofApp)
    const turns = openTurns(config.apps[app].requestsPerSecond, time)
    return [openCourse(openApp({ ...options, app, accounts, config, turns, random }), options, config.scanIntervalMs)]
  }
  return APPS.flatMap(open)
}
