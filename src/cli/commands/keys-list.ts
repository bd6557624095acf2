import { listApiKeys } from '../../database/api-keys.ts'
import { openMigratedSession } from '../session.ts'
import { layOut, moment } from '../table.ts'
import { print, type Terminal } from '../terminal.ts'

/** Shows the API keys of the list module, revoked ones included; of a key itself only the visible part is known. */
export async function runKeysList({ json }: { json?: true }, terminal: Terminal): Promise<void> {
  await using session = await openMigratedSession(terminal, { keys: false })
  const keys = await listApiKeys(session.db)
  if (json) return print(terminal.output, JSON.stringify(keys, null, 2))
  const heading = ['PREFIX', 'NAME', 'WORKSPACES', 'CREATED (UTC)', 'LAST USED (UTC)', 'REVOKED (UTC)']
  const cells = keys.map(({ prefix, name, workspaceIds, createdAt, lastUsedAt, revokedAt }) => [
    prefix,
    name,
    workspaceIds?.join(' ') ?? 'all',
    moment(createdAt),
    moment(lastUsedAt),
    moment(revokedAt),
  ])
  await print(terminal.output, layOut([heading, ...cells]))
}
