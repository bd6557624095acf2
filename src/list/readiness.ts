import { setTimeout as wait } from 'node:timers/promises'
import { SECOND_MS } from '../units.ts'

/** Resolves when a part of this process works; rejects, or resolves to false, when it does not. */
export type Check = () => Promise<boolean>

export type CheckName = 'database' | 'queue' | 'scan'

/** Whether this process should be sent requests. */
export interface Readiness {
  /** What does not work; null: everything does. */
  findTrouble(): Promise<Readonly<Record<string, string>> | null>
  /** From now on the answer is no, because the process is going to end. */
  turnRed(): void
  isEnding(): boolean
}

/** A part that says nothing for so long does not work. */
const PATIENCE_MS = 2 * SECOND_MS
/** Anybody may ask, so the parts are looked at this often at most. */
const FRESH_MS = SECOND_MS

export function makeReadiness(checks: Readonly<Partial<Record<CheckName, Check>>>): Readiness {
  let ending = false
  let looked = { atMs: Number.NEGATIVE_INFINITY, result: Promise.resolve<Record<string, string>>({}) }
  return {
    async findTrouble() {
      if (ending) return { process: 'ending' }
      if (performance.now() - looked.atMs >= FRESH_MS) looked = { atMs: performance.now(), result: look(checks) }
      const result = await looked.result
      return Object.values(result).includes('failed') ? result : null
    },
    turnRed() {
      ending = true
    },
    isEnding: () => ending,
  }
}

async function look(checks: Readonly<Partial<Record<CheckName, Check>>>): Promise<Record<string, string>> {
  const results = Object.entries(checks).map(async ([name, check]) => {
    const works = await Promise.race([check().catch(() => false), wait(PATIENCE_MS, false, { ref: false })])
    return [name, works ? 'ok' : 'failed'] as const
  })
  return Object.fromEntries(await Promise.all(results))
}
