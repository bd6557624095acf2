import { setTimeout as wait } from 'node:timers/promises'
import type { App } from '../app.ts'
import type { Complain } from '../complaint.ts'
import type { Config } from '../config.ts'
import type { Database } from '../database/connect.ts'
import { restartTurns, type Turns, type TurnsWanted, takeTurns } from '../database/take-turns.ts'
import { SECOND_MS } from '../units.ts'
import { openRamp, RAMP_MS } from './ramp.ts'
import { openTurnClock } from './turn-clock.ts'

/** Keeps the requests of the whole fleet within the limits of the platforms. */
export interface Pace {
  /**
   * Waits until the next request to this app's platform may leave; at once where there is no limit.
   *
   * @returns how long that was, in milliseconds
   */
  turn(app: App): Promise<number>
  /** The platform was in trouble and answers again: all daemons together begin with a tenth of the limit. */
  restart(app: App): void
}

/**
 * As many requests as the limit allows in a second are spread evenly over a little more than one. What the way to the
 * platform shifts them against each other, up to this much, does not make a second in which there are too many.
 */
const SPREAD_MS = 1.1 * SECOND_MS
/** Turns are taken together for so long, to ask the database rarely; those of two daemons alternate. */
const TOGETHER_MS = 200
/** A turn that is used later than this would come together with others: it lapses. The rest of the spread is the way's. */
const LAPSES_AFTER_MS = 25
/** What is slower than this by its limit does not become slower after an outage. */
const SLOWEST_MS = SECOND_MS
const RETRY_MS = 500

/**
 * Opens the line before each platform that has a limit. It is kept in the database, whatever backend the queue has: one
 * rule for all daemons, by one clock. A queue's own limiter counts jobs in fixed windows, so that twice the limit passes
 * around the edge of two of them, and knows nothing of what happens between the job and its requests.
 */
export function openPace(db: Database, config: Config, complain: Complain): Pace {
  const lines = new Map<App, Line>()
  const lineOf = (app: App): Line | null => {
    const { requestsPerSecond } = config.apps[app]
    if (requestsPerSecond === null) return null
    const known = lines.get(app) ?? openLine(requestsPerSecond, (wanted) => takeTurns(db, { app, ...wanted }), complain)
    lines.set(app, known)
    return known
  }
  return {
    turn: async (app) => (await lineOf(app)?.turn()) ?? 0,
    restart(app) {
      const line = lineOf(app)
      if (line === null) return
      line.restart()
      // One that this does not reach finds out by itself.
      void restartTurns(db, { app, withinMs: RAMP_MS }).catch(complain)
    },
  }
}

/** From one turn to the next, in milliseconds, while so large a share of the limit is used. */
export function spacingOf(requestsPerSecond: number, share: number): number {
  const fullMs = SPREAD_MS / requestsPerSecond
  return Math.min(fullMs / share, Math.max(fullMs, SLOWEST_MS))
}

interface Line {
  turn(): Promise<number>
  restart(): void
}

type Take = (wanted: Omit<TurnsWanted, 'app'>) => Promise<Turns>

/** Those of this process that wait, first come, first served. */
function openLine(requestsPerSecond: number, take: Take, complain: Complain): Line {
  const waiting: (() => void)[] = []
  const ramp = openRamp()
  const clock = openTurnClock()
  let isServing = false
  /** Turns that were taken before it are too close together, and lapse. */
  let restarts = 0

  const ask = async (most: number): Promise<{ askedAfter: number; turnsMs: readonly number[] }> => {
    const askedAfter = restarts
    const spacingMs = spacingOf(requestsPerSecond, ramp.share())
    const turns = Math.max(1, Math.min(most, Math.floor(TOGETHER_MS / spacingMs)))
    const leadMs = clock.roundTripMs()
    const { firstMs, askedMs, nowMs, restartedMs } = await insist(async () => {
      const askedMs = performance.now()
      return { askedMs, ...(await take({ turns, spacingMs, leadMs })) }
    }, complain)
    const sounding = { askedMs, answeredMs: performance.now(), databaseMs: nowMs }
    const beginsMs = clock.locate(firstMs, sounding)
    if (ramp.hear(restartedMs, (restartedMs ?? 0) - firstMs + beginsMs)) restarts++
    return { askedAfter, turnsMs: Array.from({ length: turns }, (_, number) => beginsMs + number * spacingMs) }
  }

  const serve = async () => {
    let asked = ask(waiting.length)
    while (waiting.length > 0) {
      const { askedAfter, turnsMs } = await asked
      // Asked for while these are used, so that none is left out between.
      const more = waiting.length - turnsMs.length
      const next = more > 0 ? ask(more) : null
      for (const atMs of turnsMs) {
        if (restarts === askedAfter) await until(atMs)
        if (restarts > askedAfter) break
        if (performance.now() - atMs <= LAPSES_AFTER_MS) waiting.shift()?.()
      }
      if (waiting.length > 0) asked = next ?? ask(waiting.length)
    }
    isServing = false
  }

  return {
    restart() {
      if (ramp.restart()) restarts++
    },
    turn() {
      const { promise, resolve } = Promise.withResolvers<number>()
      const sinceMs = performance.now()
      waiting.push(() => resolve(performance.now() - sinceMs))
      if (!isServing) {
        isServing = true
        void serve()
      }
      return promise
    },
  }
}

/** Nothing is sent without a turn: while the database is away, whoever waits goes on waiting. */
async function insist<T>(ask: () => Promise<T>, complain: Complain): Promise<T> {
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      complain(error)
      await wait(RETRY_MS)
    }
  }
}

async function until(atMs: number): Promise<void> {
  const leftMs = atMs - performance.now()
  if (leftMs > 0) await wait(Math.ceil(leftMs))
}
