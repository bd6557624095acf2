import { setTimeout as wait } from 'node:timers/promises'
import { type ClientBase, DatabaseError } from 'pg'
import { SECOND_MS } from '../units.ts'

/** How a change of tables waits for the locks that it needs. */
export interface LockPatience {
  readonly waitMs: number
  readonly pauseMs: number
  readonly tries: number
}

/**
 * Whoever asks for a table behind a lock that is waited for waits as well, so that one wait is short, and refreshes go on in
 * the pauses. Longer than a second, after which PostgreSQL sends an autovacuum away that stands in the way.
 */
export const LOCK_PATIENCE: LockPatience = { waitMs: 2 * SECOND_MS, pauseMs: 3 * SECOND_MS, tries: 6 }

const DEADLOCK_DETECTED = '40P01'
const LOCK_NOT_AVAILABLE = '55P03'

/**
 * Makes a change of tables, again and again while a lock is missing.
 *
 * @param change what is named in the error, and the task, which has to leave nothing behind when it fails; it sets its
 * `lock_timeout` itself, to `waitMs`
 * @throws with who is in the way, when all tries are used up
 */
export async function withLockPatience<T>(
  client: ClientBase,
  change: { name: string; make: () => Promise<T> },
  { waitMs, pauseMs, tries }: LockPatience,
): Promise<T> {
  for (let left = tries - 1; ; left--) {
    try {
      return await change.make()
    } catch (error) {
      if (!isForLock(error)) throw error
      if (left === 0) {
        const waits = `${tries} times ${waitMs / SECOND_MS} s for a lock`
        throw new Error(
          `${change.name} gave up after waiting ${waits}; nothing was changed. ${await nameOldest(client)}`,
        )
      }
      await wait(pauseMs)
    }
  }
}

function isForLock(error: unknown): boolean {
  if (error instanceof DatabaseError) return error.code === LOCK_NOT_AVAILABLE || error.code === DEADLOCK_DETECTED
  return error instanceof Error && isForLock(error.cause)
}

/** Statements of daemons end at once: what has been open for long is in the way. */
async function nameOldest(client: ClientBase): Promise<string> {
  const { rows } = await client.query<{ pid: number; application: string; seconds: number }>(
    `select pid, application_name as application, extract(epoch from now() - xact_start)::integer as seconds
     from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null
     order by xact_start limit 1`,
  )
  const [oldest] = rows
  if (oldest === undefined) return 'Run migrate again.'
  const { pid, application, seconds } = oldest
  const who = `process ${pid}${application === '' ? '' : ` (${application})`}`
  return `The oldest transaction is that of ${who}, open for ${seconds} s: let it end, and run migrate again.`
}
