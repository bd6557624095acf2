import type { App } from '../app.ts'
import { INTERRUPTED } from '../rules/outcome.ts'
import type { Database } from './connect.ts'

/** More attempts than that are not looked at, so that the question costs the same in a busy fleet. */
const MOST_ATTEMPTS = 5000

/**
 * Counts the accounts of an app that ended within the last minutes, and those that were tried at all.
 *
 * An account whose attempt was cut off is none that ended: one process that dies can lose the answers of many, and that
 * says nothing of the app.
 */
export async function countEnded(
  db: Database,
  app: App,
  windowMinutes: number,
): Promise<{ ended: number; tried: number }> {
  const { rows } = await db.query<{ ended: number; tried: number }>(
    `with recent as (
       select account_id, outcome, error_code from refresh_attempts
       where started_at > now() - make_interval(mins => $2) and finished_at is not null
       order by started_at desc limit ${MOST_ATTEMPTS}
     ), tried as (
       select bool_or(outcome in ('token_expired', 'revoked')) as has_ended,
         coalesce(bool_or(error_code = '${INTERRUPTED}'), false) as was_cut_off
       from recent join refresh_schedule s using (account_id)
       where s.app = $1
       group by account_id
     )
     select count(*) filter (where has_ended and not was_cut_off)::integer as ended, count(*)::integer as tried from tried`,
    [app, windowMinutes],
  )
  return rows[0] ?? { ended: 0, tried: 0 }
}
