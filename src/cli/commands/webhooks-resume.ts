import { resumeEndpoint } from '../../database/webhook-endpoints.ts'
import { openMigratedSession } from '../session.ts'
import { print, Refusal, type Terminal } from '../terminal.ts'

/** Ends the pause of an endpoint, also one for good. */
export async function runWebhooksResume(id: string, terminal: Terminal): Promise<void> {
  await using session = await openMigratedSession(terminal, { keys: false })
  if (!(await resumeEndpoint(session.db, id))) throw new Refusal(`There is no endpoint ${id}: see webhooks list.`)
  await print(terminal.messages, `Resumed ${id}. What was given up comes back with: webhooks replay ${id} --since …`)
}
