import { type Database, readDatabaseNow } from '../database/connect.ts'
import { type Migration, readSchemaState } from '../database/migrate.ts'
import { readServer } from '../database/server.ts'
import { type Check, failed, ok, warning } from './check.ts'

const OLDEST_VERSION = 140_000
/** Tokens live for an hour at least, and only the daemon's own waits use the host's clock. */
const MOST_DRIFT_MS = 30_000

/** Looks at the server, its schema and the difference between the two clocks. */
export async function checkDatabase(db: Database, migrations: readonly Migration[]): Promise<Check[]> {
  const server = await readServer(db)
  const about = `PostgreSQL ${server.version}, as ${server.user} on ${server.database}`
  const version =
    server.versionNumber < OLDEST_VERSION
      ? failed('database', `${about}: too old`, 'Use PostgreSQL 14 or newer.')
      : server.isReadOnly
        ? failed('database', `${about}: read only`, 'Point DATABASE_URL at the primary.')
        : ok('database', about)
  return [version, await checkSchema(db, migrations), await checkClock(db)]
}

async function checkSchema(db: Database, migrations: readonly Migration[]): Promise<Check> {
  const state = await readSchemaState(db, migrations)
  switch (state.kind) {
    case 'current':
      return ok('schema', 'up to date')
    case 'old':
      return failed('schema', `lacks ${state.missing.join(', ')}`, 'Run: npm run -s cli -- migrate')
    case 'new':
      return warning('schema', `newer than this version: ${state.unknown.join(', ')}`, 'Upgrade this daemon soon.')
    default:
      return state satisfies never
  }
}

/** Half of the round trip belongs to the way there. */
async function checkClock(db: Database): Promise<Check> {
  const beforeMs = Date.now()
  const now = await readDatabaseNow(db)
  const driftMs = Math.round((beforeMs + Date.now()) / 2 - now.getTime())
  const message = `this machine is ${Math.abs(driftMs)} ms ${driftMs < 0 ? 'behind' : 'ahead of'} the database`
  if (Math.abs(driftMs) <= MOST_DRIFT_MS) return ok('clock', message)
  return warning('clock', message, 'Synchronise the clocks: by this one the queue wakes the scan, and logs are read.')
}
