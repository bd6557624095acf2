import type { Database } from '../database/connect.ts'
import { sampleCredentials } from '../database/sample-credentials.ts'
import type { Vault } from '../vault.ts'
import { type Check, failed, ok } from './check.ts'

const SAMPLE = 200

/** Opens some of the stored credentials and throws away what is in them. */
export async function checkKeys(db: Database, vault: Vault): Promise<Check> {
  const credentials = await sampleCredentials(db, SAMPLE)
  if (credentials.length === 0) return ok('keys', 'no credential is stored yet')
  const reasons = credentials.flatMap(({ sealed, accountId, version }) => {
    const opened = vault.open(sealed, { accountId, version })
    return opened.kind === 'unreadable' ? [opened.reason] : []
  })
  if (reasons.length === 0) return ok('keys', `open all of ${credentials.length} stored credentials that were tried`)
  return failed(
    'keys',
    `do not open ${reasons.length} of ${credentials.length} stored credentials: ${[...new Set(reasons)].join(', ')}`,
    'Put the key that sealed them back into TOKEN_ENCRYPTION_KEYS, behind the first.',
  )
}
