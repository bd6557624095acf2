import type { Database } from '../database/connect.ts'
import { findKeysInUse } from '../database/sealed-credentials.ts'
import type { Log } from '../log.ts'
import type { Vault } from '../vault.ts'

/** Warns of keys that seal stored credentials and are not configured. Nothing is refused: the others work on. */
export async function warnAboutMissingKeys(db: Database, vault: Vault, log: Log): Promise<void> {
  for (const kid of await findKeysInUse(db)) {
    if (vault.kids.includes(kid)) continue
    log.error(
      { kid },
      `credentials are sealed by the key "${kid}", which is not in TOKEN_ENCRYPTION_KEYS: their accounts cannot be refreshed, and their webhooks not be sent`,
    )
  }
}
