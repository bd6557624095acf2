import { DEFAULT_SCHEMA } from 'bullmq'
import { type Client, DatabaseError } from 'pg'
import { withConnection } from '../database/connect.ts'
import { sharesSessions } from '../database/shares-sessions.ts'

/** BullMQ finds its tables by this, and waits for jobs with LISTEN: both belong to a session. */
export const SESSION = `-c search_path=${DEFAULT_SCHEMA}`

/** What PgBouncer says to a startup parameter that it does not pass on. */
const PROTOCOL_VIOLATION = '08P01'

export interface SessionProblem {
  readonly message: string
  readonly todo: string
}

/**
 * Says why queues cannot live in PostgreSQL at an address, because a pooler stands before it that does not keep sessions;
 * null: they can.
 */
export async function findSessionProblem(databaseUrl: string): Promise<SessionProblem | null> {
  const open = <T>(use: (client: Client) => Promise<T>) => withConnection(databaseUrl, use, { options: SESSION })
  try {
    const isOwn = await open((one) => open(async (other) => !(await sharesSessions(one, other)) && hasSearchPath(one)))
    return isOwn ? null : PROBLEM
  } catch (error) {
    if (error instanceof DatabaseError && error.code === PROTOCOL_VIOLATION) return PROBLEM
    throw error
  }
}

const PROBLEM: SessionProblem = {
  message:
    'DATABASE_URL goes through a pooler (PgBouncer), and a queue in PostgreSQL needs sessions of its own for LISTEN',
  todo: 'Set REDIS_URL, which makes the pooler good for all the rest, or point DATABASE_URL at the server itself.',
}

/** A pooler can be told to leave a startup parameter out. */
async function hasSearchPath(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ path: string }>("select current_setting('search_path') as path")
  return rows[0]?.path === DEFAULT_SCHEMA
}
