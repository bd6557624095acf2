import { type Database, readDatabaseNow } from '../database/connect.ts'
import { findAttemptsSince, type RecentAttempt } from '../database/recent-attempts.ts'

/** Looks at what has happened since the last look. */
export interface Watcher {
  look(): Promise<void>
  /** How many attempts ended how, in words. */
  tally(): string
}

/** Tells every attempt that ends from now on, a line each. */
export async function watchAttempts(db: Database, tell: (line: string) => Promise<void>): Promise<Watcher> {
  let since = await readDatabaseNow(db)
  let seen: string[] = []
  const counts = new Map<string, number>()
  return {
    async look() {
      const attempts = await findAttemptsSince(db, since, seen)
      for (const attempt of attempts) {
        counts.set(attempt.outcome, (counts.get(attempt.outcome) ?? 0) + 1)
        await tell(describe(attempt))
      }
      const last = attempts.at(-1)?.finishedAt ?? since
      // Of the same moment as the last one, more may still come.
      seen = [
        ...(last > since ? [] : seen),
        ...attempts.filter((attempt) => attempt.finishedAt >= last).map(({ id }) => id),
      ]
      since = last
    },
    tally: () => [...counts].map(([outcome, count]) => `${count} ${outcome}`).join(', '),
  }
}

function describe({ finishedAt, platform, handle, outcome, durationMs, dueAt, error }: RecentAttempt): string {
  const next = dueAt === null ? '' : `again at ${timeOf(dueAt)}`
  const took = `${durationMs} ms`.padStart(7)
  return `${timeOf(finishedAt)}  ${platform.padEnd(16)} ${handle.padEnd(16)}  ${outcome.padEnd(17)} ${took}  ${error ?? next}`
}

const timeOf = (moment: Date) => moment.toISOString().slice(11, 19)
