import type { AccountStatus, Platform } from '../../account.ts'
import { listAccounts } from '../../database/list-accounts.ts'
import { openMigratedSession } from '../session.ts'
import { layOut, moment } from '../table.ts'
import { print, type Terminal } from '../terminal.ts'

export interface ListOptions {
  readonly platform?: Platform
  readonly status?: AccountStatus
  readonly workspace?: string
  readonly json?: true
}

/** Shows what is connected, the newest connection first. */
export async function runList({ platform, status, workspace, json }: ListOptions, terminal: Terminal): Promise<void> {
  await using session = await openMigratedSession(terminal, { keys: false })
  const rows = await listAccounts(session.db, {
    workspaceIds: workspace === undefined ? null : [workspace],
    ...(platform === undefined ? {} : { platform }),
    ...(status === undefined ? {} : { status }),
  })
  if (json) {
    const lines = rows.map((row) => JSON.stringify(row))
    return print(terminal.output, lines.length === 0 ? '[]' : `[\n${lines.join(',\n')}\n]`)
  }
  const heading = ['ID', 'WORKSPACE', 'PLATFORM', 'HANDLE', 'STATUS', 'TOKEN EXPIRES (UTC)', 'LAST REFRESHED (UTC)']
  const cells = rows.map((row) => [
    row.id,
    row.workspaceId,
    row.platform,
    row.handle,
    row.status,
    moment(row.tokenExpiresAt),
    moment(row.lastRefreshedAt),
  ])
  await print(terminal.output, layOut([heading, ...cells]))
}
