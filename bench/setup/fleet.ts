import type { Database } from '../../src/database/connect.ts'

export interface FleetOptions {
  readonly accounts: number
  readonly workspaces: number
}

/** Ids as long as real ones, in their form. */
export const idOf = (number: number | string): string => `soc_${String(number).padStart(24, '0')}`

const ID = "'soc_' || lpad(number::text, 24, '0')"

/**
 * Fills a database with accounts of X that are due in a day and later, a second after each other: written by PostgreSQL
 * itself, so that a million take a minute or two. Their credentials open for nobody.
 */
export async function fillFleet(db: Database, { accounts, workspaces }: FleetOptions): Promise<void> {
  const numbers = `generate_series(1, ${accounts}) as number`
  await db.query(
    `insert into social_accounts (id, workspace_id, platform, external_id, handle, display_name, avatar_url, scopes,
       connected_at, token_expires_at, last_refreshed_at, last_refresh_attempt_at, meta)
     select ${ID}, 'ws_' || number % ${workspaces}, 'X', number, '@brand' || number, 'Brand number ' || number,
       'https://cdn.example.com/avatars/' || number || '.jpg', '{tweet.read,users.read,offline.access}',
       now() - number * interval '1 minute', now() + interval '25 h' + number * interval '1 s', now(), now(),
       '{"verified": true, "followers": 4711}'
     from ${numbers}`,
  )
  await db.query(
    `insert into account_credentials (account_id, sealed, version, issued_at)
     select ${ID}, repeat('x', 400), 1, now() from ${numbers}`,
  )
  await db.query(
    `insert into refresh_schedule (account_id, platform, app, due_at, deadline_at)
     select ${ID}, 'X', 'X', now() + interval '24 h' + number * interval '1 s',
       now() + interval '25 h' + number * interval '1 s'
     from ${numbers}`,
  )
  await settleDatabase(db)
}

/** Does now what the server would do beside the measurement. */
export async function settleDatabase(db: Database): Promise<void> {
  await db.query('vacuum analyze')
  await db.query('checkpoint')
}
