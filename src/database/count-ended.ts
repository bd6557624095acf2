import type { App } from '../app.ts'
import type { Database } from './connect.ts'

/** More attempts than that are not looked at, so that the question costs the same in a busy fleet. */
const MOST_ATTEMPTS = 5000

/**
 * Counts the accounts of an app that ended within the last minutes, and those that were tried at all.
 */
export async function countEnded(
  db: Database,
  app: App,
  windowMinutes: number,
): Promise<{ ended: number; tried: number }> {
  const { rows } = await db.query<{ ended: number; tried: number }>(
    `with recent as (
       select account_id, outcome from refresh_attempts
       where started_at > now() - make_interval(mins => $2) and finished_at is not null
       order by started_at desc limit ${MOST_ATTEMPTS}
     )
     select count(distinct account_id) filter (where outcome in ('token_expired', 'revoked'))::integer as ended,
       count(distinct account_id)::integer as tried
     from recent join refresh_schedule s using (account_id)
     where s.app = $1`,
    [app, windowMinutes],
  )
  return rows[0] ?? { ended: 0, tried: 0 }
}
