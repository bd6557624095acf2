import { type Config, readConfig } from '../config.ts'
import { type Database, openDatabase } from '../database/connect.ts'
import { readMigrations, readSchemaState } from '../database/migrate.ts'
import { EMBEDDED_DATABASE, readEmbeddedKeys } from '../embedded/defaults.ts'
import { findEmbeddedUrl } from '../embedded/postgres.ts'
import { type Log, openLog } from '../log.ts'
import { openVault, type Vault } from '../vault.ts'
import { Refusal, type Terminal } from './terminal.ts'

/** What a short command works with. */
export interface Session extends AsyncDisposable {
  readonly config: Config
  readonly databaseUrl: string
  readonly db: Database
  /** Warnings and errors, among the messages. */
  readonly log: Log
}

const CONNECTIONS = 3

/** Opens the database for a short command: the one of the settings, or the embedded one of a running daemon. */
export async function openSession(terminal: Terminal, needs: { keys: boolean }): Promise<Session> {
  const config = readConfig(terminal.env, needs)
  const databaseUrl = config.databaseUrl ?? (await findEmbeddedUrl(config.dataDir, EMBEDDED_DATABASE))
  if (databaseUrl === null) {
    throw new Refusal('No database: start the daemon first (npm start), or set DATABASE_URL.')
  }
  const log = openLog('warn', terminal.messages)
  const db = openDatabase(databaseUrl, { connections: CONNECTIONS, name: 'command', log, queryTimeoutMs: null })
  return { config, databaseUrl, db, log, [Symbol.asyncDispose]: () => db[Symbol.asyncDispose]() }
}

/** Like `openSession`, for a command that needs the tables. */
export async function openMigratedSession(terminal: Terminal, needs: { keys: boolean }): Promise<Session> {
  const session = await openSession(terminal, needs)
  try {
    await requireSchema(session.db)
    return session
  } catch (error) {
    await session[Symbol.asyncDispose]()
    throw error
  }
}

export async function requireSchema(db: Database): Promise<void> {
  const state = await readSchemaState(db, await readMigrations())
  if (state.kind !== 'old') return
  const what = `The database's schema is old: it lacks ${state.missing.join(', ')}.`
  throw new Refusal(`${what} Bring it up to date with: npm run -s cli -- migrate`)
}

/** The vault with the keys of the settings, or of the embedded default. */
export async function openVaultOf(config: Config): Promise<Vault> {
  const [first, ...rest] = config.encryptionKeys ?? (await readEmbeddedKeys(config.dataDir))
  if (first === undefined) throw new Refusal('TOKEN_ENCRYPTION_KEYS holds no key.')
  return openVault([first, ...rest])
}
