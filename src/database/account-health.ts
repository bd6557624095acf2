import type { AccountStatus, Platform } from '../account.ts'
import type { Position } from './position.ts'
import type { Snapshot } from './snapshot.ts'
import { type Reach, VISIBLE } from './visible-accounts.ts'

/** How an account stands, the worst first; `HEALTH` below says what each means. */
export const HEALTHS = ['reconnect_required', 'paused', 'retrying', 'expiring', 'ok'] as const
export type Health = (typeof HEALTHS)[number]

export interface AccountHealth {
  readonly accountId: string
  readonly workspaceId: string
  readonly platform: Platform
  readonly handle: string
  readonly status: AccountStatus
  readonly health: Health
  /** Null: it is ok, or it is not known since when not. */
  readonly since: Date | null
  readonly consecutiveFailures: number
  /** Null: nothing is going to be tried. */
  readonly nextAttemptAt: Date | null
  /** The grant ends then, whatever we do; null: it does not, or the platform does not say. */
  readonly reconnectBy: Date | null
  readonly tokenExpiresAt: Date | null
  /** Our sentence about the last failure; null: there is none. */
  readonly lastRefreshError: string | null
  /** Where the account stands in the list. */
  readonly position: string
}

export interface HealthFilter {
  readonly reach: Reach
  readonly platform: Platform | null
  readonly status: AccountStatus | null
}

export interface HealthPage {
  readonly health: Health | null
  /** Only accounts that are not ok, the worst first. */
  readonly attention: boolean
  readonly after: Position | null
  readonly limit: number
}

export type HealthTotals = Readonly<Record<Health, number>>

/** How many accounts stand how, whatever page of them is asked for. */
export async function countHealth(snapshot: Snapshot, filter: HealthFilter): Promise<HealthTotals> {
  const rows = await snapshot.query<{ health: Health; count: number }>(
    `select health, count(*)::integer as count from (${HEALTH}) h group by health`,
    [filter.reach, filter.platform, filter.status],
  )
  const totals = { ok: 0, expiring: 0, retrying: 0, paused: 0, reconnect_required: 0 }
  for (const { health, count } of rows) totals[health] = count
  return totals
}

/** Reads how accounts stand, in the order of the list or the worst first, from a position on; its id holds both. */
export async function readHealth(
  snapshot: Snapshot,
  filter: HealthFilter,
  { health, attention, after, limit }: HealthPage,
): Promise<AccountHealth[]> {
  const [severity = null, accountId = ''] = after === null ? [] : splitOnce(after.id)
  return snapshot.query<AccountHealth>(
    `select "accountId", "workspaceId", platform, handle, status, health, since, "consecutiveFailures", "nextAttemptAt",
       "reconnectBy", "tokenExpiresAt", "lastRefreshError",
       (extract(epoch from connected_at) * 1000000)::bigint::text || '.' || severity || '_' || "accountId" as position
     from (${HEALTH}) h
     cross join lateral (
       select case when $8 then cardinality($9::text[]) - array_position($9, health) else 0 end as severity
     ) s
     where ($4::text is null or health = $4) and (not $8::boolean or health <> 'ok')
       and ($5::bigint is null
         or (severity, connected_at, "accountId") < ($10::integer, to_timestamp(0) + $5 * interval '1 microsecond', $6))
     order by severity desc, connected_at desc, "accountId" desc
     limit $7`,
    [
      filter.reach,
      filter.platform,
      filter.status,
      health,
      after?.micros ?? null,
      accountId,
      limit,
      attention,
      HEALTHS,
      severity,
    ],
  )
}

/** `2_soc_…`: how bad it is, and the account. */
const splitOnce = (id: string): [string, string] => [id.slice(0, 1), id.slice(2)]

/**
 * What each health means, in the only place that says so; the first that fits holds.
 *
 * - `reconnect_required`: the grant is dead. TOKEN_EXPIRED, REVOKED, or still ACTIVE on the rest of an access token that
 *   nothing can renew after the platform has refused it.
 * - `paused`: the account's app is left alone until a moment in the future.
 * - `retrying`: the last attempt failed, or the access token ended before it was renewed; the next is going to be made.
 * - `expiring`: the grant ends within 14 days, whatever we do.
 *
 * $1 reach, $2 platform, $3 status
 */
export const HEALTH = `
select "accountId", "workspaceId", platform, handle, status, connected_at, "consecutiveFailures", "reconnectBy", health,
  token_expires_at as "tokenExpiresAt", last_refresh_error as "lastRefreshError", renewable, paused_since, paused_until,
  case health
    when 'reconnect_required' then coalesce(failing_since, last_refresh_attempt_at, token_expires_at)
    when 'paused' then paused_since
    when 'retrying' then case when "consecutiveFailures" > 0 then coalesce(failing_since, last_refresh_attempt_at)
      else token_expires_at end
    when 'expiring' then greatest("reconnectBy" - interval '14 days', connected_at)
  end as since,
  case when renewable and status = 'ACTIVE' then greatest(due_at, paused_until) end as "nextAttemptAt"
from (
  select a.id as "accountId", a.workspace_id as "workspaceId", a.platform, a.handle, a.status, a.connected_at,
    a.last_refresh_attempt_at, a.last_refresh_error, a.token_expires_at, s.failing_since, s.due_at, s.renewable,
    p.since as paused_since, p.paused_until, r.reconnect_by as "reconnectBy",
    coalesce(s.consecutive_failures, 0) as "consecutiveFailures",
    case
      when a.status <> 'ACTIVE' or (not s.renewable and s.consecutive_failures > 0) then 'reconnect_required'
      when p.app is not null and s.renewable then 'paused'
      when s.consecutive_failures > 0 or a.token_expires_at <= now() then 'retrying'
      when r.reconnect_by < now() + interval '14 days' then 'expiring'
      else 'ok'
    end as health
  from social_accounts a
  left join refresh_schedule s on s.account_id = a.id
  left join platform_states p on p.app = s.app and p.paused_until > now()
  cross join lateral (
    select case when s.renewable then s.reconnect_by else coalesce(s.reconnect_by, a.token_expires_at) end as reconnect_by
  ) r
  where ${VISIBLE} and ($2::text is null or a.platform = $2) and ($3::text is null or a.status = $3)
) a`
