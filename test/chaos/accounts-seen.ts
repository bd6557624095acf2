import type { World } from './fault.ts'

/** An account as it stands in the database. */
export interface Seen {
  readonly id: string
  /** The oracle's name of it. */
  readonly account: string
  readonly platform: string
  readonly status: string
  /** The access token has ended. */
  readonly is_stale: boolean
  readonly version: number
  readonly issued_at: Date | null
  readonly sealed: string
  readonly renewable: boolean
  readonly in_doubt_at: Date | null
  readonly claimed_at: Date | null
  readonly consecutive_failures: number
  readonly due_at: Date | null
  /** Of the attempt that is under way or was cut off; null: none. */
  readonly attempt_started_at: Date | null
}

export const seeAccounts = (world: Pick<World, 'query'>) =>
  world.query<Seen>(
    `select a.id, a.external_id as account, a.platform, a.status,
       coalesce(a.token_expires_at <= now(), false) as is_stale,
       c.version, c.issued_at, c.sealed, s.renewable, s.in_doubt_at, s.claimed_at, s.consecutive_failures, s.due_at,
       case when s.attempt_id is not null then t.started_at end as attempt_started_at
     from social_accounts a
     join account_credentials c on c.account_id = a.id
     join refresh_schedule s on s.account_id = a.id
     left join refresh_attempts t on t.id = s.attempt_id`,
  )
