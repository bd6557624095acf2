import type { Database } from '../database/connect.ts'
import { findRetiredFingerprintKeys } from '../database/retired-fingerprint-keys.ts'
import type { Vault } from '../vault.ts'

/** The vault as an import needs it: it recognises a token that was used up in the time of a key that is gone. */
export async function recogniseRetired(db: Database, vault: Vault): Promise<Vault> {
  return vault.recognising(await findRetiredFingerprintKeys(db))
}
