import type { Database } from './connect.ts'

/** How the accounts of one platform stand. */
export interface PlatformStatus {
  readonly platform: string
  readonly app: string | null
  readonly active: number
  readonly tokenExpired: number
  readonly revoked: number
  /** Waiting for a worker. */
  readonly due: number
  /** ACTIVE accounts whose access token has ended before it was renewed. */
  readonly overdue: number
  readonly oldestOverdueAt: Date | null
  readonly nextExpiryAt: Date | null
  readonly inDoubt: number
}

export interface AppPause {
  readonly app: string
  readonly pausedUntil: Date
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
}

/** Reads how the whole fleet stands. */
export async function readFleetStatus(db: Database): Promise<FleetStatus> {
  const platforms = await db.query<PlatformStatus>(PLATFORMS)
  const paused = await db.query<AppPause>(
    'select app, paused_until as "pausedUntil", reason, since from platform_states order by app',
  )
  const scan = await db.query<{ now: Date; lastScanAt: Date | null }>(
    'select now() as now, (select last_scan_at from scan_state) as "lastScanAt"',
  )
  const [row] = scan.rows
  if (row === undefined) throw new Error('select without a row')
  return { now: row.now, platforms: platforms.rows, paused: paused.rows, lastScanAt: row.lastScanAt }
}

const PLATFORMS = `
select a.platform, min(s.app) as app,
  count(*) filter (where a.status = 'ACTIVE')::integer as active,
  count(*) filter (where a.status = 'TOKEN_EXPIRED')::integer as "tokenExpired",
  count(*) filter (where a.status = 'REVOKED')::integer as revoked,
  count(*) filter (where s.due_at <= now())::integer as due,
  count(*) filter (where a.status = 'ACTIVE' and a.token_expires_at <= now())::integer as overdue,
  min(a.token_expires_at) filter (where a.status = 'ACTIVE' and a.token_expires_at <= now()) as "oldestOverdueAt",
  min(a.token_expires_at) filter (where a.status = 'ACTIVE' and a.token_expires_at > now()) as "nextExpiryAt",
  count(*) filter (where s.in_doubt_at is not null)::integer as "inDoubt"
from social_accounts a left join refresh_schedule s on s.account_id = a.id
where a.status <> 'DISCONNECTED'
group by a.platform
order by a.platform`
