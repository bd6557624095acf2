import type { ImportKey, ImportRow } from '../../src/database/import-batch.ts'
import { cutOff, type ScheduleRow, type Tables } from './tables.ts'

// The guards of the statements that connect and disconnect accounts, said once more.

/** `src/database/disconnect-account.ts` */
export function disconnectAccount(tables: Tables, [accountId]: [string]): object[] {
  const row = tables.schedule.get(accountId)
  const account = tables.accounts.get(accountId)
  if (row === undefined) return []
  cutOff(tables, row)
  tables.schedule.delete(accountId)
  tables.credentials.delete(accountId)
  if (account === undefined || account.status === 'DISCONNECTED') return []
  Object.assign(account, { status: 'DISCONNECTED', last_refresh_error: null, last_refresh_error_status: null })
  return [account]
}

/** `lockExisting` of `src/database/import-batch.ts` */
export function lockExisting(tables: Tables, [keys]: [string]): object[] {
  return (JSON.parse(keys) as ImportKey[]).flatMap(({ line, workspaceId, platform, externalId }) => {
    const account = [...tables.accounts.values()].find(
      (known) =>
        known.workspace_id === workspaceId &&
        known.platform === platform &&
        known.external_id === externalId &&
        known.status !== 'DISCONNECTED',
    )
    const credential = account && tables.credentials.get(account.id)
    if (credential === undefined) return []
    const { version, refresh_token_fingerprint: fingerprint, connected_fingerprint: connectedFingerprint } = credential
    const row = tables.schedule.get(account?.id ?? '')
    const isShown = row?.attempt_id != null || row?.in_doubt_at != null
    return [{ line, accountId: account?.id, version, fingerprint, connectedFingerprint, isShown }]
  })
}

/** `findHolders` of `src/database/import-batch.ts` */
export function findHolders({ credentials }: Tables, [fingerprints]: [readonly string[]]): object[] {
  return [...credentials].flatMap(([account_id, { refresh_token_fingerprint: fingerprint }]) =>
    fingerprint !== null && fingerprints.includes(fingerprint) ? [{ fingerprint, account_id }] : [],
  )
}

/** An `ImportRow` as JSON carries it. */
type Wire = {
  [Name in keyof ImportRow]: Date extends ImportRow[Name] ? string | Exclude<ImportRow[Name], Date> : ImportRow[Name]
}

/** `saveBatch` of `src/database/import-batch.ts` */
export function saveBatch(tables: Tables, [rows]: [string]): object[] {
  for (const row of JSON.parse(rows) as Wire[]) {
    if (row.keepsCredential) continue
    saveAccount(tables, row)
    tables.credentials.set(row.id, {
      sealed: row.sealed,
      version: row.version,
      issued_at: moment(row.issuedAt),
      refresh_token_expires_at: moment(row.refreshTokenExpiresAt),
      refresh_token_fingerprint: row.fingerprint,
      connected_fingerprint: row.fingerprint,
    })
    saveSchedule(tables, row)
  }
  return []
}

function saveAccount({ accounts }: Tables, row: Wire): void {
  const known = accounts.get(row.id)
  accounts.set(row.id, {
    id: row.id,
    workspace_id: row.workspaceId,
    platform: row.platform,
    external_id: row.externalId,
    status: 'ACTIVE',
    scopes: row.scopes,
    token_expires_at: moment(row.tokenExpiresAt),
    last_refreshed_at: known?.last_refreshed_at ?? null,
    last_refresh_attempt_at: known?.last_refresh_attempt_at ?? null,
    last_refresh_error: null,
    last_refresh_error_status: null,
  })
}

function saveSchedule(tables: Tables, row: Wire): void {
  const known = tables.schedule.get(row.id)
  if (known !== undefined) cutOff(tables, known)
  tables.schedule.set(row.id, {
    account_id: row.id,
    platform: row.platform,
    app: row.app,
    due_at: moment(row.dueAt),
    deadline_at: moment(row.deadlineAt),
    renewable: row.renewable,
    reconnect_by: moment(row.reconnectBy),
    // What an operator asked for outlives a reconnect.
    requested_at: known?.requested_at ?? null,
    ...FREE,
  })
}

const FREE = {
  claimed_at: null,
  lease_id: null,
  leased_until: null,
  attempt_id: null,
  in_doubt_at: null,
  consecutive_failures: 0,
  failing_since: null,
  failing_code: null,
} satisfies Partial<ScheduleRow>

const moment = (text: string | null) => (text === null ? null : new Date(text))
