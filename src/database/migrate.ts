import { readdir, readFile } from 'node:fs/promises'
import type { ClientBase } from 'pg'
import type { Database } from './connect.ts'
import { LOCK_PATIENCE, withLockPatience } from './lock-patience.ts'

const FOLDER = new URL('../../migrations/', import.meta.url)

/** Taken for the time of each migration, so that replicas which start together wait for each other: `trwm` in ASCII. */
const MIGRATION_LOCK = 0x7472776d

export interface Migration {
  /** The file's name without its ending, for example `0001_accounts`. */
  readonly name: string
  readonly sql: string
}

export type SchemaState =
  | { readonly kind: 'current' }
  /** The database lacks these migrations. */
  | { readonly kind: 'old'; readonly missing: readonly string[] }
  /** The database has migrations that this version does not know. */
  | { readonly kind: 'new'; readonly unknown: readonly string[] }

/** Reads the migrations that belong to this version, in order. */
export async function readMigrations(): Promise<Migration[]> {
  const files = (await readdir(FOLDER)).filter((file) => file.endsWith('.sql')).sort()
  return Promise.all(
    files.map(async (file) => ({ name: file.slice(0, -4), sql: await readFile(new URL(file, FOLDER), 'utf8') })),
  )
}

/**
 * Applies what the database lacks, each migration with its ledger row in one transaction.
 *
 * Safe to run twice and from several processes at once: an advisory lock lets one after the other. Safe beside daemons: a
 * migration that has to wait for a lock lets them by.
 *
 * @returns the names of those that were applied here
 */
export async function migrate(
  db: Database,
  migrations: readonly Migration[],
  patience = LOCK_PATIENCE,
): Promise<string[]> {
  const client = await db.connect()
  try {
    await inTurn(client, () =>
      client.query(
        'create table if not exists schema_migrations (name text primary key, applied_at timestamptz not null default now())',
      ),
    )
    const done: string[] = []
    for (const migration of migrations) {
      const make = () => apply(client, migration, patience.waitMs)
      const isNew = await withLockPatience(client, { name: `the migration ${migration.name}`, make }, patience)
      if (isNew) done.push(migration.name)
    }
    return done
  } finally {
    client.release()
  }
}

/** Compares the database's schema with this version's migrations, without changing anything. */
export async function readSchemaState(db: Database, migrations: readonly Migration[]): Promise<SchemaState> {
  const { rows } = await db.query<{ ledger: string | null }>("select to_regclass('schema_migrations') as ledger")
  const applied = rows[0]?.ledger == null ? [] : await readApplied(db)
  const known = migrations.map(({ name }) => name)
  const missing = known.filter((name) => !applied.includes(name))
  if (missing.length > 0) return { kind: 'old', missing }
  const unknown = applied.filter((name) => !known.includes(name))
  return unknown.length > 0 ? { kind: 'new', unknown } : { kind: 'current' }
}

/** @returns false where it was applied before */
async function apply(client: ClientBase, { name, sql }: Migration, lockTimeoutMs: number): Promise<boolean> {
  try {
    return await inTurn(client, async () => {
      if ((await readApplied(client)).includes(name)) return false
      await client.query(`set local lock_timeout = ${lockTimeoutMs}`)
      await client.query(sql)
      await client.query('insert into schema_migrations (name) values ($1)', [name])
      return true
    })
  } catch (error) {
    throw new Error(`the migration ${name} failed and was rolled back`, { cause: error })
  }
}

/** The lock ends with the transaction: a session's own would stay behind in a pooler that shares sessions. */
async function inTurn<T>(client: ClientBase, task: () => Promise<T>): Promise<T> {
  await client.query('begin')
  try {
    await client.query('select pg_advisory_xact_lock($1)', [MIGRATION_LOCK])
    const result = await task()
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback')
    throw error
  }
}

async function readApplied(client: Pick<ClientBase, 'query'>): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>('select name from schema_migrations order by name')
  return rows.map(({ name }) => name)
}
