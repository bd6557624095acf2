import type { Database } from './connect.ts'

/** A credential as it is stored, with what depends on the key that sealed it. */
export interface SealedCredential {
  readonly accountId: string
  readonly sealed: string
  readonly version: number
  readonly fingerprint: string | null
  readonly connectedFingerprint: string | null
}

/** The same credential, sealed again. */
export interface ResealedCredential extends Omit<SealedCredential, 'version'> {
  /** The value that it replaces, and no other. */
  readonly replaces: string
}

export interface KeyUse {
  /** Null: the value names no key. */
  readonly kid: string | null
  readonly credentials: number
}

/** Counts how many values each key seals: the credentials of accounts, and the secrets of webhooks among them. */
export async function countByKey(db: Database): Promise<KeyUse[]> {
  const { rows } = await db.query<KeyUse>(
    `select kid, count(*)::integer as credentials
     from (select kid from account_credentials union all select kid from webhook_endpoints) as sealed
     group by kid order by kid`,
  )
  return rows
}

/** Finds the names of all keys that seal a credential or a webhook's secret: one index look-up for each, however many credentials there are. */
export async function findKeysInUse(db: Database): Promise<string[]> {
  const { rows } = await db.query<{ kid: string }>(
    `with recursive used as (
       (select kid from account_credentials where kid is not null order by kid limit 1)
       union all
       select (select c.kid from account_credentials c where c.kid > used.kid order by c.kid limit 1)
       from used where used.kid is not null
     )
     select kid from used where kid is not null union select kid from webhook_endpoints order by kid`,
  )
  return rows.map(({ kid }) => kid)
}

/** Finds credentials that another key than `kid` sealed, in the order of their accounts' ids, behind `after`. */
export async function findSealedByOthers(
  db: Database,
  { kid, after, limit }: { kid: string; after: string; limit: number },
): Promise<SealedCredential[]> {
  const { rows } = await db.query<SealedCredential>(
    `select account_id as "accountId", sealed, version, refresh_token_fingerprint as fingerprint,
       connected_fingerprint as "connectedFingerprint"
     from account_credentials
     where account_id > $1 and kid is distinct from $2
     order by account_id limit $3`,
    [after, kid, limit],
  )
  return rows
}

/**
 * Stores credentials that were sealed again. One that has changed meanwhile stays as it is, and so does one that
 * somebody works on at this moment: nobody waits for a rotation.
 *
 * @returns how many were stored
 */
export async function saveResealed(db: Database, credentials: readonly ResealedCredential[]): Promise<number> {
  const { rowCount } = await db.query(SAVE_RESEALED, [JSON.stringify(credentials)])
  return rowCount ?? 0
}

// Two accounts never have the same fingerprint: where another key had hidden that they hold one token, it stays hidden.
const SAVE_RESEALED = `
with again as materialized (
  select * from jsonb_to_recordset($1) as (
    "accountId" text, replaces text, sealed text, fingerprint text, "connectedFingerprint" text)
), free as materialized (
  select again.*
  from account_credentials c join again on again."accountId" = c.account_id and again.replaces = c.sealed
  for update of c skip locked
)
update account_credentials c
set sealed = free.sealed,
    refresh_token_fingerprint = case when not exists (
      select from account_credentials other
      where other.refresh_token_fingerprint = free.fingerprint and other.account_id <> c.account_id
    ) then free.fingerprint end,
    connected_fingerprint = free."connectedFingerprint"
from free where c.account_id = free."accountId"`
