import { readDatabaseNow } from '../../database/connect.ts'
import { findEndpoint } from '../../database/webhook-endpoints.ts'
import { type ReplayChoice, replayEvents } from '../../database/webhook-events.ts'
import { readMoment } from '../moment.ts'
import { count } from '../progress.ts'
import { openMigratedSession, type Session } from '../session.ts'
import { print, Refusal, type Terminal } from '../terminal.ts'

export interface ReplayOptions {
  readonly since?: string
  readonly event?: string
}

/** Makes events due again for an endpoint; daemons send them. */
export async function runWebhooksReplay(id: string, options: ReplayOptions, terminal: Terminal): Promise<void> {
  await using session = await openMigratedSession(terminal, { keys: false })
  const endpoint = await findEndpoint(session.db, id)
  if (endpoint === null) throw new Refusal(`There is no endpoint ${id}: see webhooks list.`)
  if (endpoint.goneAt !== null) {
    throw new Refusal(`${id} has answered 410 and is told nothing: first run webhooks resume ${id}.`)
  }
  const events = await replayEvents(session.db, id, await readChoice(session, options))
  if (events === 0 && options.event !== undefined) {
    throw new Refusal(`There is no event ${options.event} that ${id} wants. Events are kept for 30 days.`)
  }
  await print(terminal.messages, `Events that are sent again: ${count(events)}.`)
}

async function readChoice({ db }: Session, { since, event }: ReplayOptions): Promise<ReplayChoice> {
  if (event !== undefined) return { eventId: event }
  return { since: readMoment(since ?? '', await readDatabaseNow(db), 'ago') }
}
