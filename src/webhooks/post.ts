import { Webhook } from 'standardwebhooks'
import type { Agents } from '../oauth/agents.ts'
import type { HttpRequest } from '../oauth/request.ts'
import { type Sent, send } from '../oauth/send.ts'
import { SECOND_MS } from '../units.ts'

/** What an endpoint is told. The id stays the same however often it is sent. */
export interface Message {
  readonly id: string
  readonly type: string
  readonly occurredAt: Date
  readonly data: unknown
  /** The moment of this try by the database's clock: endpoints refuse what is minutes off. */
  readonly sentAt: Date
}

/** For everything from the look-up of the name to the last byte of the answer. */
const DEADLINE_MS = 15 * SECOND_MS

/**
 * Signs a message with each of the secrets and sends it once: no redirect is followed, and no private address is connected
 * to unless the settings allow it.
 *
 * @see {@link https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md}
 */
export async function post(
  agents: Agents,
  { url, secrets }: { url: string; secrets: readonly string[] },
  message: Message,
): Promise<Sent> {
  const payload = { type: message.type, timestamp: message.occurredAt.toISOString(), data: message.data }
  // What is signed is what is sent: both are the same value through the same JSON.stringify.
  const signatures = secrets.map((secret) =>
    new Webhook(secret).sign(message.id, message.sentAt, JSON.stringify(payload)),
  )
  const headers = {
    'user-agent': 'token-refresh-worker',
    'webhook-id': message.id,
    'webhook-timestamp': String(Math.floor(message.sentAt.getTime() / 1000)),
    'webhook-signature': signatures.join(' '),
  }
  const request: HttpRequest = { method: 'POST', url, headers, json: payload, hostFrom: 'account', spendsToken: false }
  return send(agents.for(request), request, { deadlineMs: DEADLINE_MS, mayStillSend: () => true })
}
