import type { AccountStatus, Platform } from '../account.ts'
import type { Database } from './connect.ts'
import type { AccountRow } from './list-accounts.ts'

/** Which accounts somebody wants to see; all members together. */
export interface PageFilter {
  readonly platform?: Platform
  readonly workspace?: string
  /** Without it, everything but DISCONNECTED. */
  readonly status?: AccountStatus
  /** The code of the account's last failure. */
  readonly error?: string
  /** The grant ends within so many days. */
  readonly reconnectWithin?: number
  /** The access token of an ACTIVE account has ended. */
  readonly overdue?: true
}

export type AccountPageRow = AccountRow & { readonly lastErrorCode: string | null; readonly reconnectBy: Date | null }

const PAGE = 1000

/** Reads accounts page by page, the newest connection first: memory does not grow with their number. */
export async function* pageAccounts(
  db: Database,
  filter: PageFilter,
  limit: number | null,
): AsyncGenerator<AccountPageRow[]> {
  const { platform, workspace, status, error, reconnectWithin, overdue } = filter
  const wanted = [platform, workspace, status, error, reconnectWithin, overdue, limit].map((value) => value ?? null)
  const client = await db.connect()
  try {
    await client.query('begin read only')
    await client.query(`declare page no scroll cursor for ${ACCOUNTS}`, wanted)
    for (;;) {
      const { rows } = await client.query<AccountPageRow>(`fetch ${PAGE} from page`)
      if (rows.length === 0) return
      yield rows
    }
  } finally {
    await client.query('rollback')
    client.release()
  }
}

const ACCOUNTS = `
select a.id, a.workspace_id as "workspaceId", a.platform, a.external_id as "externalId", a.handle,
  a.display_name as "displayName", a.avatar_url as "avatarUrl", a.status, a.scopes, a.connected_at as "connectedAt",
  a.last_refreshed_at as "lastRefreshedAt", a.token_expires_at as "tokenExpiresAt",
  a.last_refresh_attempt_at as "lastRefreshAttemptAt", a.last_refresh_error as "lastRefreshError",
  a.last_refresh_error_status as "lastRefreshErrorStatus", a.meta, a.default_board_id as "defaultBoardId",
  s.failing_code as "lastErrorCode", s.reconnect_by as "reconnectBy"
from social_accounts a left join refresh_schedule s on s.account_id = a.id
where ($1::text is null or a.platform = $1)
  and ($2::text is null or a.workspace_id = $2)
  and case when $3::text is null then a.status <> 'DISCONNECTED' else a.status = $3 end
  and ($4::text is null or s.failing_code = $4)
  and ($5::float8 is null or s.reconnect_by <= now() + make_interval(secs => $5 * 86400))
  and ($6::boolean is null or (a.status = 'ACTIVE' and a.token_expires_at <= now()))
order by a.connected_at desc, a.id desc
limit $7`
