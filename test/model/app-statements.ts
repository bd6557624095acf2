import { type AttemptRow, after, hasCome, type Tables } from './tables.ts'

// The guards of the statements about whole apps, and about accounts that end, said once more.

/** As `UNTIL_RESUMED` of `src/database/pause-app.ts`. */
const UNTIL_RESUMED = new Date('9999-12-31T00:00:00Z')
/** As `LONGEST_OUT_OF_SIGHT` of `src/database/due-apps.ts`. */
const OUT_OF_SIGHT_S = 125

/** `src/database/due-apps.ts` */
export function findDueApps(tables: Tables, [apps]: [readonly string[]]): object[] {
  const { pauses, now } = tables
  return apps.flatMap((app) => {
    const rows = [...tables.schedule.values()].filter((row) => row.app === app)
    const pause = pauses.get(app)
    const isTried = rows.some(
      ({ due_at, claimed_at, leased_until }) =>
        due_at !== null &&
        due_at > now &&
        due_at <= after(now, OUT_OF_SIGHT_S) &&
        (claimed_at !== null || (leased_until !== null && leased_until > now)),
    )
    const isOpen = pause === undefined || (pause.paused_until <= now && !isTried)
    return isOpen && rows.some(({ due_at }) => hasCome(due_at, now)) ? [{ app, probing: pause !== undefined }] : []
  })
}

/** `src/database/expire-unrenewable.ts` */
export function expireUnrenewable(
  { schedule, accounts, now }: Tables,
  [apps, error]: [readonly string[], string],
): object[] {
  const over = [...schedule.values()].filter(
    (row) =>
      apps.includes(row.app) &&
      hasCome(row.due_at, now) &&
      hasCome(row.deadline_at, now) &&
      !row.renewable &&
      row.attempt_id === null,
  )
  return over.flatMap((row) => {
    Object.assign(row, { due_at: null, claimed_at: null })
    const account = accounts.get(row.account_id)
    if (account?.status !== 'ACTIVE') return []
    account.status = 'TOKEN_EXPIRED'
    account.last_refresh_error ??= error
    return [{ account_id: row.account_id }]
  })
}

/** `src/database/expire-rejected.ts` */
export function expireRejected(
  { schedule, credentials, accounts }: Tables,
  [accountId, version, error]: [string, number, string],
): object[] {
  const row = schedule.get(accountId)
  const isDead = credentials.get(accountId)?.version === version && row?.renewable === false && row.attempt_id === null
  if (!isDead) return []
  Object.assign(row, { due_at: null, claimed_at: null, requested_at: null })
  const account = accounts.get(accountId)
  if (account?.status === 'ACTIVE') Object.assign(account, { status: 'TOKEN_EXPIRED', last_refresh_error: error })
  return []
}

/** `pauseApp` of `src/database/pause-app.ts` */
export function pauseApp({ pauses, now }: Tables, [app, until, reason]: [string, Date, string]): object[] {
  const pause = pauses.get(app)
  if (pause === undefined) {
    pauses.set(app, { paused_until: until, reason, since: now })
    return [{ is_new: true }]
  }
  const isLonger = until > pause.paused_until
  if (pause.reason !== 'many_accounts_ended' && isLonger) pause.reason = reason
  if (isLonger) pause.paused_until = until
  return [{ is_new: false }]
}

/** `resumeApp` of `src/database/pause-app.ts` */
export function resumeApp({ pauses, now }: Tables, [app, answeredAt]: [string, Date]): object[] {
  const pause = pauses.get(app)
  if (pause === undefined || pause.since > answeredAt || pause.paused_until > now) return []
  pauses.delete(app)
  return [{ reason: pause.reason, since: pause.since }]
}

/** `pauseByOperator` of `src/database/pause-app.ts` */
export function pauseByOperator(
  { pauses, now }: Tables,
  [app, until, reason]: [string, Date | null, string],
): object[] {
  pauses.set(app, { paused_until: until ?? UNTIL_RESUMED, reason, since: now })
  return []
}

/** `resumeByOperator` of `src/database/pause-app.ts` */
export function resumeByOperator({ pauses }: Tables, [app]: [string]): object[] {
  const pause = pauses.get(app)
  pauses.delete(app)
  return pause === undefined ? [] : [{ reason: pause.reason, since: pause.since }]
}

const hasEnded = ({ outcome }: AttemptRow) => outcome === 'token_expired' || outcome === 'revoked'

/** `src/database/count-ended.ts` */
export function countEnded(tables: Tables, [app, minutes]: [string, number]): object[] {
  const { schedule, attempts, now } = tables
  const recent = attempts.filter(
    (attempt) =>
      attempt.started_at > after(now, -60 * minutes) &&
      attempt.finished_at !== null &&
      schedule.get(attempt.account_id)?.app === app,
  )
  const accountsOf = (of: readonly AttemptRow[]) => new Set(of.map(({ account_id }) => account_id))
  const cutOff = accountsOf(recent.filter(({ error_code }) => error_code === 'interrupted'))
  const ended = accountsOf(recent.filter((attempt) => hasEnded(attempt) && !cutOff.has(attempt.account_id)))
  return [{ ended: ended.size, tried: accountsOf(recent).size }]
}

/** `src/database/retry-ended.ts` */
export function retryEnded(tables: Tables, [app, since, minutes]: [string, Date, number]): object[] {
  const { schedule, attempts, now } = tables
  const from = after(since, -60 * minutes)
  const ended = new Set(attempts.filter((t) => t.started_at > from && hasEnded(t)).map((t) => t.account_id))
  const rows = [...schedule.values()].filter(
    (row) => row.app === app && row.attempt_id === null && ended.has(row.account_id),
  )
  for (const row of rows) Object.assign(row, { due_at: now, renewable: true })
  return rows
}

type Filter = [string | null, string | null, string | null, string | null, Date, string, number]

/** `makeDue` of `src/database/make-due.ts` */
export function makeDue(
  tables: Tables,
  [status, platform, workspace, code, requestedAt, behind, limit]: Filter,
): object[] {
  const { schedule, accounts, now } = tables
  const chosen = [...schedule.values()]
    .flatMap((row) => {
      const account = accounts.get(row.account_id)
      return account === undefined ? [] : [{ row, account, isRecent: isRecent(account.last_refreshed_at, requestedAt) }]
    })
    .filter(
      ({ row, account }) =>
        row.account_id > behind &&
        account.status === (status ?? 'ACTIVE') &&
        (platform === null || account.platform === platform) &&
        (workspace === null || account.workspace_id === workspace) &&
        (code === null || row.failing_code === code) &&
        (row.renewable || status !== null || code !== null),
    )
    .sort((one, other) => (one.row.account_id < other.row.account_id ? -1 : 1))
    .slice(0, limit)
  const free = chosen.filter(
    ({ row, account, isRecent }) =>
      !isRecent &&
      row.claimed_at === null &&
      (row.leased_until === null || row.leased_until <= now) &&
      (row.due_at === null || row.due_at > now) &&
      (account.last_refresh_attempt_at === null || account.last_refresh_attempt_at < requestedAt),
  )
  for (const { row, account } of free) {
    const deadline_at = account.status === 'ACTIVE' ? row.deadline_at : new Date(now)
    if (account.status !== 'ACTIVE') deadline_at?.setUTCFullYear(now.getUTCFullYear() + 1)
    Object.assign(row, { due_at: now, requested_at: now, renewable: true, deadline_at })
  }
  const accountIds = chosen.filter(({ isRecent }) => !isRecent).map(({ row }) => row.account_id)
  return [{ accountIds, madeDue: free.length, last: chosen.at(-1)?.row.account_id ?? null }]
}

const isRecent = (refreshedAt: Date | null, requestedAt: Date) =>
  refreshedAt !== null && refreshedAt >= after(requestedAt, -300) && refreshedAt < requestedAt
