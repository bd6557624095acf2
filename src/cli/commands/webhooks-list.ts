import { type ListedEndpoint, listEndpoints } from '../../database/webhook-endpoints.ts'
import { openMigratedSession } from '../session.ts'
import { layOut, moment } from '../table.ts'
import { print, type Terminal } from '../terminal.ts'

/** Shows the endpoints, how they stand and what waits for them. */
export async function runWebhooksList({ json }: { json?: true }, terminal: Terminal): Promise<void> {
  await using session = await openMigratedSession(terminal, { keys: false })
  const endpoints = await listEndpoints(session.db)
  if (json) return print(terminal.output, JSON.stringify(endpoints, null, 2))
  await print(terminal.output, layOut([HEADING, ...endpoints.map(toRow)]))
}

const HEADING = ['ID', 'STATE', 'WAITING', 'DELIVERED', 'GIVEN UP', 'LAST TAKEN (UTC)', 'EVENTS', 'WORKSPACES', 'URL']

function toRow(endpoint: ListedEndpoint): (string | number)[] {
  const { id, waiting, delivered, givenUp, lastDeliveredAt, eventTypes, workspaceIds, url } = endpoint
  const wants = [eventTypes?.join(' ') ?? 'all', workspaceIds?.join(' ') ?? 'all']
  return [id, stateOf(endpoint), waiting, delivered, givenUp, moment(lastDeliveredAt), ...wants, url]
}

function stateOf({ goneAt, pausedUntil, failures, failingSince }: ListedEndpoint): string {
  if (goneAt !== null) return `gone (410) since ${moment(goneAt)}`
  if (pausedUntil !== null) return `paused until ${moment(pausedUntil)}, failing since ${moment(failingSince)}`
  return failures > 0 ? `failing since ${moment(failingSince)}` : 'ok'
}
