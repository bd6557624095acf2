import { setTimeout as wait } from 'node:timers/promises'
import { every } from './every.ts'
import type { Log } from './log.ts'
import { SECOND_MS } from './units.ts'

/** A part of this process that has work to get on with. */
export interface WatchedPart {
  /** Whether it stands still at this moment although it has work and could do it. Not known: it does not. */
  readonly standsStill: () => Promise<boolean>
  /** For so long at every look, before a restart is better than waiting. */
  readonly patienceMs: number
}

export interface Liveness extends AsyncDisposable {
  /** Which parts have stood still for too long; null: none. */
  findTrouble(): Readonly<Record<string, string>> | null
}

const LOOK_EVERY_MS = 5 * SECOND_MS
/** A look that takes longer says nothing of the part, but of what it was asked through. */
const ANSWER_MS = 2 * SECOND_MS

/**
 * Looks at the parts of this process again and again, and remembers since when each stands still.
 *
 * It judges progress and not connections: a part that is connected and does nothing is found, and one whose database,
 * queue or platform is away is not blamed for it. Whoever restarts the process on account of it loses what its
 * attempts hold in memory, so patience is long.
 */
export function watchLiveness(
  parts: Readonly<Record<string, WatchedPart>>,
  { log, lookEveryMs = LOOK_EVERY_MS }: { log: Log; lookEveryMs?: number },
): Liveness {
  const stillSinceMs = new Map<string, number>()
  const isRed = ([name, { patienceMs }]: [string, WatchedPart]) => {
    const sinceMs = stillSinceMs.get(name)
    return sinceMs !== undefined && performance.now() - sinceMs >= patienceMs
  }
  const look = async ([name, part]: [string, WatchedPart]) => {
    const wasRed = isRed([name, part])
    const stands = await Promise.race([part.standsStill().catch(() => false), wait(ANSWER_MS, false, { ref: false })])
    if (!stands) stillSinceMs.delete(name)
    else if (!stillSinceMs.has(name)) stillSinceMs.set(name, performance.now())
    const red = isRed([name, part])
    if (red !== wasRed) report(log, name, red)
  }
  const looking = every(
    lookEveryMs,
    async () => void (await Promise.all(Object.entries(parts).map(look))),
    (err) => log.warn({ err }, 'the process cannot look at itself'),
  )
  return {
    findTrouble() {
      const red = Object.entries(parts).filter(isRed)
      return red.length === 0 ? null : Object.fromEntries(red.map(([name]) => [name, 'stands still']))
    },
    [Symbol.asyncDispose]: () => looking[Symbol.asyncDispose](),
  }
}

function report(log: Log, part: string, isRed: boolean): void {
  if (isRed) log.error({ part }, 'a part of this process stands still: /healthz says no')
  else log.warn({ part }, 'a part of this process that stood still goes on')
}
