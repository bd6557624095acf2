import { setTimeout as wait } from 'node:timers/promises'
import type { Database } from '../../database/connect.ts'
import type { OutcomeCount, RefreshTargets } from '../../database/refresh-targets.ts'
import { readScanAgeMs } from '../../database/scan-state.ts'
import { openProgress } from '../progress.ts'
import { print, type Terminal } from '../terminal.ts'

export interface WaitOptions {
  readonly total: number
  readonly terminal: Terminal
  readonly mayGoOn: () => boolean
}

const POLL_MS = 200
/** Looking costs the database at most a tenth of its time. */
const SHARE_OF_TIME = 10
/** A daemon takes an urgent job at once; when nothing has ended for so long, somebody should look. */
const REMIND_AFTER_MS = 10_000

/** Waits until every account has an outcome, or until it may not go on. Returns the outcomes, counted. */
export async function waitForOutcomes(
  db: Database,
  targets: RefreshTargets,
  { total, terminal, mayGoOn }: WaitOptions,
): Promise<OutcomeCount[]> {
  const progress = openProgress(terminal.messages, { label: 'Refreshing', total })
  let lastEnded = -1
  let remindAtMs = Date.now() + REMIND_AFTER_MS
  for (;;) {
    const startedMs = Date.now()
    const counts = await targets.look()
    const ended = sum(counts.filter(({ outcome }) => outcome !== null))
    progress.show(ended, failures(counts))
    if (ended === total || !mayGoOn()) {
      progress.end()
      return counts
    }
    if (ended > lastEnded) remindAtMs = Date.now() + REMIND_AFTER_MS
    lastEnded = ended
    if (Date.now() > remindAtMs) {
      remindAtMs = Number.POSITIVE_INFINITY
      progress.end()
      await print(terminal.messages, await reminder(db, total - ended))
    }
    await wait(Math.max(POLL_MS, SHARE_OF_TIME * (Date.now() - startedMs)))
  }
}

export const hasRenewed = ({ outcome }: { outcome: string | null }): boolean =>
  outcome === 'renewed' || outcome === 'healthy'

const sum = (counts: readonly OutcomeCount[]) => counts.reduce((total, { accounts }) => total + accounts, 0)

function failures(counts: readonly OutcomeCount[]): string {
  const failed = sum(counts.filter((count) => count.outcome !== null && !hasRenewed(count)))
  return failed === 0 ? '' : `${failed} did not renew`
}

async function reminder(db: Database, missing: number): Promise<string> {
  const ageMs = await readScanAgeMs(db)
  const scan = ageMs === null ? 'no daemon has ever scanned' : `the last scan was ${Math.round(ageMs / 1000)} s ago`
  return `Still waiting for ${missing}; ${scan}. The status command shows what is paused. Ctrl-C stops waiting and leaves the work.`
}
