import { randomBytes } from 'node:crypto'
import type { Database } from '../database/connect.ts'
import { findSecretsSealedByOthers, type SealedSecrets, saveResealedSecrets } from '../database/webhook-endpoints.ts'
import { asObject, asText } from '../untrusted-json.ts'
import type { SealedFor, Vault } from '../vault.ts'

/** The secrets that sign for one endpoint. */
export interface WebhookSecrets {
  readonly current: string
  /** The one before; null: there was none. */
  readonly previous: string | null
}

const SECRET_BYTES = 32

/** Makes a signing secret in the format of Standard Webhooks. */
export const makeSecret = (): string => `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`

/** Seals the secrets of an endpoint, for it and this version only. */
export function sealSecrets(
  vault: Vault,
  { id, version }: { id: string; version: number },
  secrets: WebhookSecrets,
): SealedSecrets {
  return { id, version, sealed: vault.seal(secrets, purposeOf(id, version)), kid: vault.kids[0] }
}

/** Opens the secrets of an endpoint; null when none of the keys does. */
export function openSecrets(
  vault: Vault,
  { id, sealed, version }: Pick<SealedSecrets, 'id' | 'sealed' | 'version'>,
): WebhookSecrets | null {
  const opened = vault.open(sealed, purposeOf(id, version))
  if (opened.kind === 'unreadable') return null
  const { current, previous } = asObject(opened.content)
  return { current: asText(current), previous: typeof previous === 'string' ? previous : null }
}

/** Seals every endpoint's secrets again that another key than the first has sealed. */
export async function resealSecrets(db: Database, vault: Vault): Promise<{ resealed: number; unreadable: string[] }> {
  let resealed = 0
  const unreadable: string[] = []
  for (const endpoint of await findSecretsSealedByOthers(db, vault.kids[0])) {
    const secrets = openSecrets(vault, endpoint)
    if (secrets === null) unreadable.push(endpoint.id)
    else if (await saveResealedSecrets(db, sealSecrets(vault, endpoint, secrets), endpoint.sealed)) resealed++
  }
  return { resealed, unreadable }
}

/** What the secrets are bound to; no account has such an id. */
const purposeOf = (id: string, version: number): SealedFor => ({ accountId: `webhook-endpoint|${id}`, version })
