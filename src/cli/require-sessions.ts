import { findSessionProblem } from '../queue/own-sessions.ts'
import { Refusal } from './terminal.ts'

/** Refuses an address at which the queue cannot live in PostgreSQL. */
export async function requireSessions(databaseUrl: string): Promise<void> {
  const problem = await findSessionProblem(databaseUrl)
  if (problem !== null) throw new Refusal(`${problem.message}. ${problem.todo}`)
}
