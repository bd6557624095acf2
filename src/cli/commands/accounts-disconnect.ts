import { disconnectAccount } from '../../database/disconnect-account.ts'
import { openMigratedSession } from '../session.ts'
import { print, Refusal, type Terminal } from '../terminal.ts'

/** Disconnects an account for good and erases its credential. */
export async function runDisconnect(id: string, terminal: Terminal): Promise<void> {
  await using session = await openMigratedSession(terminal, { keys: false })
  if (!(await disconnectAccount(session.db, id))) throw new Refusal(`There is no connected account ${id}.`)
  await print(terminal.messages, `Disconnected ${id}; its credential is erased.`)
}
