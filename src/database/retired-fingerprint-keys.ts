import type { SealedFingerprintKey } from '../vault.ts'
import type { Database } from './connect.ts'

/** Finds what is left of keys that were taken out of use. */
export async function findRetiredFingerprintKeys(db: Database): Promise<SealedFingerprintKey[]> {
  const { rows } = await db.query<SealedFingerprintKey>('select kid, sealed from retired_fingerprint_keys order by kid')
  return rows
}

/** Keeps what has to outlive a key, or replaces it by the same under another seal. */
export async function saveRetiredFingerprintKeys(db: Database, keys: readonly SealedFingerprintKey[]): Promise<void> {
  await db.query(
    `insert into retired_fingerprint_keys (kid, sealed)
     select kid, sealed from jsonb_to_recordset($1) as (kid text, sealed text)
     on conflict (kid) do update set sealed = excluded.sealed`,
    [JSON.stringify(keys)],
  )
}
