import type { Database } from './connect.ts'

/** One attempt to refresh an account. */
export interface AccountAttempt {
  readonly id: string
  readonly trigger: string
  readonly startedAt: Date
  /** Null: under way, or cut off and not settled yet. */
  readonly finishedAt: Date | null
  readonly outcome: string | null
  readonly httpStatus: number | null
  readonly code: string | null
  readonly error: string | null
  readonly oldTokenExpiresAt: Date | null
  readonly newTokenExpiresAt: Date | null
  readonly lostRotation: boolean
  readonly worker: string
}

export interface AccountSummary {
  readonly id: string
  readonly platform: string
  readonly handle: string
  readonly status: string
  readonly tokenExpiresAt: Date | null
  /** Null: nothing is going to be done. */
  readonly dueAt: Date | null
}

/** Reads an account's attempts, the newest first. */
export async function readHistory(
  db: Database,
  { accountId, limit }: { accountId: string; limit: number },
): Promise<AccountAttempt[]> {
  const { rows } = await db.query<AccountAttempt>(
    `select id, trigger, started_at as "startedAt", finished_at as "finishedAt", outcome, http_status as "httpStatus",
       error_code as code, error, old_token_expires_at as "oldTokenExpiresAt",
       new_token_expires_at as "newTokenExpiresAt", lost_rotation as "lostRotation", worker
     from refresh_attempts
     where account_id = $1
     order by started_at desc, id desc limit $2`,
    [accountId, limit],
  )
  return rows
}

/** Finds what is known of an account in one line, a disconnected one included; null when there never was one. */
export async function findAccount(db: Database, accountId: string): Promise<AccountSummary | null> {
  const { rows } = await db.query<AccountSummary>(
    `select a.id, a.platform, a.handle, a.status, a.token_expires_at as "tokenExpiresAt", s.due_at as "dueAt"
     from social_accounts a left join refresh_schedule s on s.account_id = a.id
     where a.id = $1`,
    [accountId],
  )
  return rows[0] ?? null
}
