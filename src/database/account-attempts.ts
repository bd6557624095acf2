import type { Trigger } from '../account.ts'
import type { Position } from './position.ts'
import type { Snapshot } from './snapshot.ts'
import { type Reach, VISIBLE } from './visible-accounts.ts'

/** One attempt as the list module shows it. */
export interface AccountAttempt {
  readonly id: string
  readonly trigger: Trigger
  readonly startedAt: Date
  /** Null: it is under way. */
  readonly finishedAt: Date | null
  readonly outcome: string | null
  readonly httpStatus: number | null
  readonly errorCode: string | null
  readonly error: string | null
  readonly oldTokenExpiresAt: Date | null
  readonly newTokenExpiresAt: Date | null
  readonly lostRotation: boolean
  /** Where the attempt stands in the history. */
  readonly position: string
}

export interface AttemptsPage {
  readonly after: Position | null
  readonly limit: number
}

/**
 * Reads the history of an account, the newest attempt first, from a position on.
 *
 * @returns null when the account is unknown, disconnected or out of reach
 */
export async function readAttempts(
  snapshot: Snapshot,
  { reach, accountId }: { reach: Reach; accountId: string },
  { after, limit }: AttemptsPage,
): Promise<AccountAttempt[] | null> {
  const found = await snapshot.query(`select from social_accounts a where a.id = $2 and ${VISIBLE}`, [reach, accountId])
  if (found.length === 0) return null
  return snapshot.query<AccountAttempt>(
    `select t.id::text, t.trigger, t.started_at as "startedAt", t.finished_at as "finishedAt", t.outcome,
       t.http_status as "httpStatus", t.error_code as "errorCode", t.error,
       t.old_token_expires_at as "oldTokenExpiresAt", t.new_token_expires_at as "newTokenExpiresAt",
       t.lost_rotation as "lostRotation", (extract(epoch from t.started_at) * 1000000)::bigint::text || '.' || t.id as position
     from refresh_attempts t
     where t.account_id = $1
       and ($2::bigint is null or (t.started_at, t.id) < (to_timestamp(0) + $2 * interval '1 microsecond', $3::bigint))
     order by t.started_at desc, t.id desc
     limit $4`,
    [accountId, after?.micros ?? null, after?.id ?? null, limit],
  )
}
