import { migrate, readMigrations } from '../../database/migrate.ts'
import { migrateQueueSchema } from '../../queue/postgres-schema.ts'
import { openSession } from '../session.ts'
import { print, type Terminal } from '../terminal.ts'

/** Brings the database's schema up to date, and BullMQ's own where the queue lives in PostgreSQL. */
export async function runMigrate(terminal: Terminal): Promise<void> {
  await using session = await openSession(terminal, { keys: false })
  const applied = await migrate(session.db, await readMigrations())
  if (session.config.redisUrl === null) await migrateQueueSchema(session.databaseUrl)
  const done = applied.length === 0 ? 'The schema is up to date.' : `Applied ${applied.join(', ')}.`
  await print(terminal.messages, done)
}
