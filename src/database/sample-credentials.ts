import type { Database } from './connect.ts'

/** A sealed credential, and what it is sealed for. */
export interface SealedCredential {
  readonly accountId: string
  readonly platform: string
  readonly sealed: string
  readonly version: number
}

/** Takes some of the stored credentials: whichever the server finds first in random blocks of the table, else the first. */
export async function sampleCredentials(db: Database, limit: number): Promise<SealedCredential[]> {
  const sample = async (source: string) => {
    const { rows } = await db.query<SealedCredential>(
      `select c.account_id as "accountId", a.platform, c.sealed, c.version
       from ${source} join social_accounts a on a.id = c.account_id limit $1`,
      [limit],
    )
    return rows
  }
  const random = await sample('account_credentials c tablesample system (1)')
  return random.length > 0 ? random : sample('account_credentials c')
}
