import type { Database } from './connect.ts'
import { UNTIL_RESUMED } from './pause-app.ts'
import { countByKey, type KeyUse } from './sealed-credentials.ts'

/** How the accounts of one platform stand. */
export interface PlatformStatus extends AccountCounts, ScheduleCounts, AttemptCounts {
  readonly platform: string
}

export interface AccountCounts {
  readonly active: number
  readonly tokenExpired: number
  readonly revoked: number
  /** ACTIVE accounts whose access token has ended before it was renewed. */
  readonly overdue: number
  readonly oldestOverdueAt: Date | null
  readonly nextExpiryAt: Date | null
}

export interface ScheduleCounts {
  /** A platform's accounts may belong to several of our apps. */
  readonly apps: readonly string[]
  /** Waiting for a worker. */
  readonly due: number
  readonly inDoubt: number
  /** ACTIVE accounts whose grant ends within 14 days, whatever we do. */
  readonly reconnectSoon: number
}

export interface AttemptCounts {
  readonly attemptsLastHour: number
  /** Of these, the ones that ended without what they were made for. */
  readonly failuresLastHour: number
}

export interface AppPause {
  readonly app: string
  /** Null: until an operator resumes it. */
  readonly pausedUntil: Date | null
  readonly reason: string
  readonly since: Date
}

export interface FleetStatus {
  readonly now: Date
  readonly platforms: readonly PlatformStatus[]
  /** A pause that is over and still listed waits for one account to be answered well. */
  readonly paused: readonly AppPause[]
  /** Null: there was none yet. */
  readonly lastScanAt: Date | null
  /** What the daemon that scanned last can refresh; null: not known. */
  readonly usableApps: readonly string[] | null
  /** How many credentials each key seals. */
  readonly keys: readonly KeyUse[]
}

/** Reads how the whole fleet stands: each table once, about a second for a million accounts (PostgreSQL 18, two cores). */
export async function readFleetStatus(db: Database): Promise<FleetStatus> {
  const [accounts, schedules, attempts, paused, scan, keys] = await Promise.all([
    db.query<AccountCounts & { platform: string }>(ACCOUNTS),
    db.query<ScheduleCounts & { platform: string }>(SCHEDULES),
    db.query<AttemptCounts & { platform: string }>(ATTEMPTS),
    db.query<AppPause>(
      `select app, nullif(paused_until, ${UNTIL_RESUMED}) as "pausedUntil", reason, since
       from platform_states order by app`,
    ),
    db.query<Pick<FleetStatus, 'now' | 'lastScanAt' | 'usableApps'>>(
      'select now() as now, last_scan_at as "lastScanAt", apps as "usableApps" from (select) one left join scan_state on true',
    ),
    countByKey(db),
  ])
  const [row] = scan.rows
  if (row === undefined) throw new Error('select without a row')
  const platforms = accounts.rows.map((ofPlatform) => ({
    ...ofPlatform,
    ...(schedules.rows.find(({ platform }) => platform === ofPlatform.platform) ?? NOT_SCHEDULED),
    ...(attempts.rows.find(({ platform }) => platform === ofPlatform.platform) ?? NOT_TRIED),
  }))
  return { ...row, platforms, paused: paused.rows, keys }
}

const NOT_SCHEDULED: ScheduleCounts = { apps: [], due: 0, inDoubt: 0, reconnectSoon: 0 }
const NOT_TRIED: AttemptCounts = { attemptsLastHour: 0, failuresLastHour: 0 }

const ACCOUNTS = `
select platform,
  count(*) filter (where status = 'ACTIVE')::integer as active,
  count(*) filter (where status = 'TOKEN_EXPIRED')::integer as "tokenExpired",
  count(*) filter (where status = 'REVOKED')::integer as revoked,
  count(*) filter (where status = 'ACTIVE' and token_expires_at <= now())::integer as overdue,
  min(token_expires_at) filter (where status = 'ACTIVE' and token_expires_at <= now()) as "oldestOverdueAt",
  min(token_expires_at) filter (where status = 'ACTIVE' and token_expires_at > now()) as "nextExpiryAt"
from social_accounts
where status <> 'DISCONNECTED'
group by platform order by platform`

// An account that is not ACTIVE is not due.
const SCHEDULES = `
select platform, array_agg(distinct app order by app) as apps,
  count(*) filter (where due_at <= now())::integer as due,
  count(*) filter (where in_doubt_at is not null)::integer as "inDoubt",
  count(*) filter (where due_at is not null and reconnect_by <= now() + interval '14 days')::integer as "reconnectSoon"
from refresh_schedule
group by platform`

const ATTEMPTS = `
select platform, count(*)::integer as "attemptsLastHour",
  count(*) filter (
    where outcome not in ('renewed', 'healthy', 'not_yet_refreshable', 'superseded')
  )::integer as "failuresLastHour"
from refresh_attempts
where started_at > now() - interval '1 hour'
group by platform`
