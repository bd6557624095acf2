import type { Database } from './connect.ts'
import { UNTIL_RESUMED } from './pause-app.ts'

/** What somebody who wants an account's token has to know, read in one moment. */
export interface TokenState {
  readonly status: string
  readonly app: string
  readonly tokenExpiresAt: Date | null
  readonly issuedAt: Date | null
  /** Our sentence for the account's owner. */
  readonly error: string | null
  readonly sealed: string
  readonly version: number
  readonly dueAt: Date | null
  /** An attempt is under way. */
  readonly isLeased: boolean
  /** Why the app is paused; null: it is not. */
  readonly pauseReason: string | null
  /** Null: it is not paused, or until an operator resumes it. */
  readonly pausedUntil: Date | null
  /** Of the last attempt that ended since the moment that was asked about; null: there was none. */
  readonly outcome: string | null
  readonly outcomeError: string | null
  readonly now: Date
}

/** Reads how an account's token stands; null when there is no such account that is connected. */
export async function readTokenState(
  db: Database,
  accountId: string,
  { endedSince }: { endedSince: Date | null },
): Promise<TokenState | null> {
  const { rows } = await db.query<TokenState>(
    `select a.status, s.app, a.token_expires_at as "tokenExpiresAt", c.issued_at as "issuedAt",
       a.last_refresh_error as error, c.sealed, c.version, s.due_at as "dueAt",
       coalesce(s.leased_until > now(), false) as "isLeased",
       nullif(p.paused_until, ${UNTIL_RESUMED}) as "pausedUntil", p.reason as "pauseReason", t.outcome, t.error as "outcomeError", now() as now
     from social_accounts a
     join account_credentials c on c.account_id = a.id
     join refresh_schedule s on s.account_id = a.id
     left join platform_states p on p.app = s.app and p.paused_until > now()
     left join lateral (
       select outcome, error from refresh_attempts
       where account_id = a.id and started_at >= $2::timestamptz - interval '10 minutes' and finished_at >= $2
       order by started_at desc limit 1
     ) t on true
     where a.id = $1 and a.status <> 'DISCONNECTED'`,
    [accountId, endedSince],
  )
  return rows[0] ?? null
}
