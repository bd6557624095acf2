import type { Log } from './log.ts'

export type Complain = (error: unknown, members?: Readonly<Record<string, unknown>>) => void

const QUIET_MS = 60_000

/** Warns of a trouble that repeats many times a second while it lasts: the same one once a minute. */
export function complainer(log: Log, message: string): Complain {
  const lastSaidMs = new Map<string, number>()
  return (err, members = {}) => {
    const trouble = `${nameOf(err)} ${JSON.stringify(members)}`
    const nowMs = performance.now()
    if (nowMs - (lastSaidMs.get(trouble) ?? Number.NEGATIVE_INFINITY) < QUIET_MS) return
    lastSaidMs.set(trouble, nowMs)
    log.warn({ err, ...members }, message)
  }
}

function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'code' in error ? String(error.code) : error.message
}
