import { join } from 'node:path'
import type { Config } from '../config.ts'
import { openDatabase } from '../database/connect.ts'
import { grantListRole } from '../database/list-role.ts'
import { migrate, readMigrations } from '../database/migrate.ts'
import { EMBEDDED_DATABASE } from '../embedded/defaults.ts'
import { startEmbeddedPostgres } from '../embedded/postgres.ts'
import { openLog } from '../log.ts'
import { hasQueueSchema, migrateQueueSchema } from '../queue/postgres-schema.ts'
import type { Role } from '../role.ts'
import { requireSessions } from './require-sessions.ts'
import { requireSchema } from './session.ts'
import { print, Refusal, type Terminal } from './terminal.ts'

/** The database that a daemon works in, with a current schema. */
export interface DaemonDatabase extends AsyncDisposable {
  readonly databaseUrl: string
  readonly isEmbedded: boolean
}

/**
 * Opens the database of the settings, which has to be migrated, or the embedded default, which is migrated here.
 *
 * A daemon that only runs the list module needs no other login than that of the list.
 */
export async function openDaemonDatabase(
  config: Config,
  roles: readonly Role[],
  terminal: Terminal,
): Promise<DaemonDatabase> {
  const refreshes = roles.some((role) => role !== 'list')
  const url = refreshes ? config.databaseUrl : (config.listDatabaseUrl ?? config.databaseUrl)
  if (url !== null) return openConfigured(url, { needsQueueSchema: refreshes && config.redisUrl === null }, terminal)
  await print(terminal.messages, `Starting an embedded PostgreSQL in ${join(config.dataDir, 'postgres')} …`)
  return openEmbedded(config.dataDir, { database: EMBEDDED_DATABASE, fresh: false }, terminal)
}

async function openConfigured(
  databaseUrl: string,
  { needsQueueSchema }: { needsQueueSchema: boolean },
  terminal: Terminal,
): Promise<DaemonDatabase> {
  const log = openLog('warn', terminal.messages)
  await using db = openDatabase(databaseUrl, { connections: 1, name: 'start', log, queryTimeoutMs: null })
  await requireSchema(db)
  if (needsQueueSchema) await requireSessions(databaseUrl)
  if (needsQueueSchema && !(await hasQueueSchema(databaseUrl))) {
    throw new Refusal("The queue's tables are missing or old. Make them with: npm run -s cli -- migrate")
  }
  return { databaseUrl, isEmbedded: false, async [Symbol.asyncDispose]() {} }
}

/**
 * Opens a database of an embedded PostgreSQL and brings its schema up to date.
 *
 * @param options `fresh`: what was in the database before is thrown away
 */
export async function openEmbedded(
  folder: string,
  options: { database: string; fresh: boolean },
  terminal: Terminal,
): Promise<DaemonDatabase> {
  const server = await startEmbeddedPostgres(folder)
  try {
    if (options.fresh) await server.drop(options.database)
    const databaseUrl = await server.urlOf(options.database)
    await migrateAll(databaseUrl, terminal)
    return { databaseUrl, isEmbedded: true, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
  } catch (error) {
    await server[Symbol.asyncDispose]()
    throw error
  }
}

async function migrateAll(databaseUrl: string, terminal: Terminal): Promise<void> {
  const log = openLog('warn', terminal.messages)
  await using db = openDatabase(databaseUrl, { connections: 1, name: 'migrate', log, queryTimeoutMs: null })
  await migrate(db, await readMigrations())
  await grantListRole(db)
  await migrateQueueSchema(databaseUrl)
}
