import { removeEndpoint } from '../../database/webhook-endpoints.ts'
import { openMigratedSession } from '../session.ts'
import { print, Refusal, type Terminal } from '../terminal.ts'

/** Removes an endpoint and what waits for it. */
export async function runWebhooksRemove(id: string, terminal: Terminal): Promise<void> {
  await using session = await openMigratedSession(terminal, { keys: false })
  if (!(await removeEndpoint(session.db, id))) throw new Refusal(`There is no endpoint ${id}: see webhooks list.`)
  await print(terminal.messages, `Removed ${id}; nothing is sent to it any more.`)
}
