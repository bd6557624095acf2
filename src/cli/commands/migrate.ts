import { grantListRole, LIST_ROLE } from '../../database/list-role.ts'
import { migrate, readMigrations } from '../../database/migrate.ts'
import { migrateQueueSchema } from '../../queue/postgres-schema.ts'
import { requireSessions } from '../require-sessions.ts'
import { openSession } from '../session.ts'
import { print, Refusal, type Terminal } from '../terminal.ts'

/** Brings the database's schema up to date, and BullMQ's own where the queue lives in PostgreSQL. */
export async function runMigrate(terminal: Terminal): Promise<void> {
  await using session = await openSession(terminal, { keys: false })
  if (session.config.redisUrl === null) await requireSessions(session.databaseUrl)
  const applied = await migrate(session.db, await readMigrations())
  const role = await grantListRole(session.db)
  if (session.config.redisUrl === null) await migrateQueueSchema(session.databaseUrl)
  const done = applied.length === 0 ? 'The schema is up to date.' : `Applied ${applied.join(', ')}.`
  await print(terminal.messages, done)
  if (role.kind === 'forbidden') throw new Refusal(missingRole(role.statements))
  if (!role.isMember && session.config.listDatabaseUrl === null) await print(terminal.messages, NOT_A_MEMBER)
}

const missingRole = (statements: readonly string[]) =>
  `The list module's role could not be made: this login may not make roles, or does not own the tables.
An administrator runs, once per server:
${statements.map((statement) => `  ${statement}`).join('\n')}
Then run migrate again as the owner of the tables. Everything else is done.`

const NOT_A_MEMBER = `This login may not switch to the role ${LIST_ROLE}. Set LIST_DATABASE_URL to a login that is a member of it.`
