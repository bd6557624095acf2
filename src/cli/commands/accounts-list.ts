import { type AccountPageRow, type PageFilter, pageAccounts } from '../../database/page-accounts.ts'
import { openMigratedSession } from '../session.ts'
import { layOutPages, moment } from '../table.ts'
import { print, type Terminal } from '../terminal.ts'

export interface ListOptions extends PageFilter {
  readonly limit?: number
  readonly json?: true
}

/** Shows what is connected, the newest connection first. */
export async function runList({ limit, json, ...filter }: ListOptions, terminal: Terminal): Promise<void> {
  await using session = await openMigratedSession(terminal, { keys: false })
  const pages = pageAccounts(session.db, filter, limit ?? null)
  await (json ? printJson(pages, terminal) : printTable(pages, terminal))
}

async function printJson(pages: AsyncIterable<AccountPageRow[]>, { output }: Terminal): Promise<void> {
  let opening = '['
  for await (const rows of pages) {
    for (const row of rows) {
      await print(output, `${opening}${opening === '[' ? '\n' : ''}${JSON.stringify(row)}`)
      opening = ','
    }
  }
  await print(output, opening === '[' ? '[]' : ']')
}

async function printTable(pages: AsyncIterable<AccountPageRow[]>, { output }: Terminal): Promise<void> {
  const layOut = layOutPages()
  const heading = [
    'ID',
    'WORKSPACE',
    'PLATFORM',
    'HANDLE',
    'STATUS',
    'TOKEN EXPIRES (UTC)',
    'LAST REFRESHED (UTC)',
    'ERROR',
  ]
  let isFirst = true
  for await (const rows of pages) {
    await print(output, layOut([...(isFirst ? [heading] : []), ...rows.map(toRow)]))
    isFirst = false
  }
  if (isFirst) await print(output, layOut([heading]))
}

const toRow = (row: AccountPageRow): string[] => [
  row.id,
  row.workspaceId,
  row.platform,
  row.handle,
  row.status,
  moment(row.tokenExpiresAt),
  moment(row.lastRefreshedAt),
  row.lastErrorCode ?? row.lastRefreshError ?? '',
]
