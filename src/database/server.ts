import type { Database } from './connect.ts'

/** What a server says of itself. */
export interface Server {
  readonly version: string
  /** For example 180004. */
  readonly versionNumber: number
  readonly user: string
  readonly database: string
  /** A standby, or set so. */
  readonly isReadOnly: boolean
}

export async function readServer(db: Database): Promise<Server> {
  const { rows } = await db.query<Server>(
    `select current_setting('server_version') as version, current_setting('server_version_num')::integer as "versionNumber",
       current_user as "user", current_database() as database,
       current_setting('transaction_read_only')::boolean as "isReadOnly"`,
  )
  const [row] = rows
  if (row === undefined) throw new Error('select without a row')
  return row
}
