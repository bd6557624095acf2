import { findRightsProblem, openListDatabase } from '../database/list-database.ts'
import type { Log } from '../log.ts'
import { type Check, failed, ok } from './check.ts'

/** Looks whether the login of the list module may do what it needs, and cannot read a credential. */
export async function checkListRole(url: string, log: Log): Promise<Check> {
  await using db = openListDatabase(url, { connections: 1, log })
  const problem = await findRightsProblem(db)
  if (problem === null) return ok('list role', 'reads what the list shows, and no credential')
  return failed('list role', problem, 'Run migrate, which makes the role or says what an administrator has to run.')
}
