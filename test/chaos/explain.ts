import type { Presentation } from '../fixtures/oracle/history.ts'
import type { Interruption } from './daemons.ts'
import type { Strike } from './strike.ts'

export interface Circumstances {
  readonly interruptions: readonly Interruption[]
  readonly strikes: readonly Strike[]
}

/** Why nobody alive may have got the answer to a presentation. */
export interface Explanation {
  readonly kind: 'lost_on_the_way' | 'killed_before_answer' | 'killed_after_answer' | 'frozen'
  readonly daemon: string | null
  /** From the moment in which the answer was handed over to the kill. */
  readonly afterAnswerMs: number | null
}

/**
 * A process that gets an answer commits within this, also one that has just begun on a machine where everything else is
 * busy; whoever is killed later has lost what it should have kept.
 */
export const COMMIT_WITHIN_MS = 3000
/** A process that stands still for less has its lease when it goes on, so nobody else may have shown its token. */
const LEAST_FREEZE_MS = 60_000

/** Explains why the token of a presentation may be presented again; null: it may not. */
export function explain(presentation: Presentation, circumstances: Circumstances): Explanation | null {
  const { at, endedAt, isHandedOver, by } = presentation
  if (isHandedOver === false) return { kind: 'lost_on_the_way', daemon: by, afterAnswerMs: null }
  const from = at.getTime()
  const to = (endedAt ?? new Date()).getTime()
  const isCut = circumstances.strikes.some(
    (strike) => strike.cutsAnswers && strike.at.getTime() <= to && (strike.endedAt?.getTime() ?? to) >= from,
  )
  if (isCut) return { kind: 'lost_on_the_way', daemon: by, afterAnswerMs: null }

  for (const { daemon, kind, at: struckAt, until } of circumstances.interruptions) {
    const struck = struckAt.getTime()
    const afterAnswerMs = struck - to
    // A server of Bluesky is asked by its own address, without a path: it may have been any of them.
    if ((by !== null && daemon !== by) || (until?.getTime() ?? to) < from || afterAnswerMs > COMMIT_WITHIN_MS) continue
    if (kind === 'killed') {
      const isBefore = afterAnswerMs < 0
      return { kind: isBefore ? 'killed_before_answer' : 'killed_after_answer', daemon, afterAnswerMs }
    }
    const lastedMs = (until?.getTime() ?? Date.now()) - struck
    if (kind === 'frozen' && lastedMs >= LEAST_FREEZE_MS) return { kind: 'frozen', daemon, afterAnswerMs }
  }
  return null
}
