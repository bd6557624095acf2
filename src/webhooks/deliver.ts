import type { Database } from '../database/connect.ts'
import { type Failure, saveDelivered, saveFailed, saveGone } from '../database/end-delivery.ts'
import { type BegunDelivery, beginDelivery, type ClaimedDelivery } from '../database/webhook-deliveries.ts'
import type { Log } from '../log.ts'
import type { Agents } from '../oauth/agents.ts'
import type { Sent } from '../oauth/send.ts'
import { openSecrets } from '../sealing/webhook-secrets.ts'
import { HOUR_MS, SECOND_MS } from '../units.ts'
import type { Vault } from '../vault.ts'
import { post } from './post.ts'

export interface DeliveryContext {
  readonly db: Database
  readonly vault: Vault
  readonly agents: Agents
  readonly log: Log
}

const FIRST_WAIT_MS = 5 * SECOND_MS
const LONGEST_WAIT_MS = 8 * HOUR_MS
/** The endpoint wants nothing any more. @see rfc9110#section-15.5.11 */
const GONE = 410

/**
 * Makes one try to deliver one event to one endpoint.
 *
 * Safe to call twice for the same claim: the first counts the try, and the second finds it counted. Cut off in between,
 * the event is sent again: at least once, with the same id.
 */
export async function deliver(context: DeliveryContext, claimed: ClaimedDelivery): Promise<void> {
  const { db, log } = context
  const begun = await beginDelivery(db, claimed)
  if (begun === null) return
  const { endpointId, eventId, type, attempts } = begun
  const about = { endpointId, eventId, type, attempts }
  const sent = await tell(context, begun)
  if (sent.kind === 'answered' && isTaken(sent.answer.status)) {
    await saveDelivered(db, begun, sent.answer.status)
    log.info({ ...about, status: sent.answer.status }, 'webhook: delivered')
    return
  }
  const failure = failureOf(sent)
  if (failure.status === GONE) {
    await saveGone(db, begun, failure)
    log.warn(about, 'webhook: the endpoint answers that it is gone; it is told nothing any more')
    return
  }
  const { givenUp, pausedUntil } = await saveFailed(db, begun, {
    ...failure,
    waitMs: backoffMs(attempts, Math.random()),
  })
  log[givenUp ? 'warn' : 'info']({ ...about, ...failure }, `webhook: ${givenUp ? 'given up' : 'not taken'}`)
  if (pausedUntil !== null) log.warn({ endpointId, pausedUntil }, 'webhook: the endpoint keeps failing: it is paused')
}

const isTaken = (status: number) => status >= 200 && status < 300

async function tell({ vault, agents, log }: DeliveryContext, begun: BegunDelivery): Promise<Sent> {
  const { endpointId, url, eventId, previousSigns } = begun
  const secrets = openSecrets(vault, { ...begun, id: endpointId })
  if (secrets === null) {
    log.error({ endpointId }, "webhook: no key of TOKEN_ENCRYPTION_KEYS opens the endpoint's secret")
    return { kind: 'not_sent', code: 'SECRET_UNREADABLE' }
  }
  const { current, previous } = secrets
  const signing = previousSigns && previous !== null ? [current, previous] : [current]
  return post(agents, { url, secrets: signing }, { ...begun, id: eventId })
}

function failureOf(sent: Sent): Failure {
  if (sent.kind === 'answered') return { status: sent.answer.status, code: null }
  return { status: null, code: sent.code }
}

/**
 * How long a delivery waits after a failed try: 5 s, four times as long after each, at most 8 h, a quarter more or less.
 *
 * @param attempts tries so far
 * @param random from 0 to 1
 */
export function backoffMs(attempts: number, random: number): number {
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 4 ** Math.min(attempts - 1, 10)) * (0.75 + random / 2)
}
