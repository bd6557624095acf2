import type { Database } from './connect.ts'

/** A delivery as it travels: `attempts` so far, by which a second copy of the job is told from the next try. */
export interface ClaimedDelivery {
  readonly deliveryId: string
  readonly attempts: number
}

/** Everything that one try needs. */
export interface BegunDelivery {
  readonly deliveryId: string
  /** This one included. */
  readonly attempts: number
  readonly eventId: string
  readonly type: string
  readonly occurredAt: Date
  readonly data: unknown
  readonly endpointId: string
  readonly url: string
  readonly sealed: string
  readonly version: number
  /** The secret before the current one signs as well. */
  readonly previousSigns: boolean
  /** When the try began. */
  readonly sentAt: Date
}

/** What is with the queue or under way for one endpoint at once, so that a slow one cannot occupy all workers. */
const MOST_PER_ENDPOINT = 20
/** So many failures in a row, and an endpoint is paused; after the pause one delivery tries first. */
export const FAILURES_BEFORE_PAUSE = 5
/** A job that is lost with the queue comes back after this. */
const WITH_THE_QUEUE_S = 120
/** Longer than the deadline of a request. A worker that was killed meanwhile has its delivery repeated. */
const UNDER_WAY_S = 60

/**
 * Claims deliveries that are due, the longest due first, and puts them out of sight for a while: a job that is lost with
 * the queue comes back by itself. Safe to call from every daemon at once.
 */
export async function claimDeliveries(db: Database, limit: number): Promise<ClaimedDelivery[]> {
  const { rows } = await db.query<ClaimedDelivery>(
    `with due as materialized (
       select d.id
       from webhook_endpoints e cross join lateral (
         select id, next_at from webhook_deliveries
         where endpoint_id = e.id and next_at <= now() and (claimed_until is null or claimed_until <= now())
         order by next_at
         limit greatest(0, case when e.failures >= ${FAILURES_BEFORE_PAUSE} then 1 else ${MOST_PER_ENDPOINT} end - (
           select count(*) from webhook_deliveries where endpoint_id = e.id and claimed_until > now()))
         for update skip locked
       ) d
       where e.gone_at is null and (e.paused_until is null or e.paused_until <= now())
       order by d.next_at limit $1
     )
     update webhook_deliveries d set claimed_until = now() + interval '${WITH_THE_QUEUE_S} s'
     from due where d.id = due.id
     returning d.id::text as "deliveryId", d.attempts`,
    [limit],
  )
  return rows
}

/** Gives back what could not be handed to the queue. */
export async function releaseDeliveries(db: Database, deliveries: readonly ClaimedDelivery[]): Promise<void> {
  await db.query(
    `update webhook_deliveries d set claimed_until = null
     from jsonb_to_recordset($1) as claimed("deliveryId" bigint, attempts integer)
     where d.id = claimed."deliveryId" and d.attempts = claimed.attempts`,
    [JSON.stringify(deliveries)],
  )
}

/**
 * Begins a try: counts it before bytes leave.
 *
 * @returns null when it is not to be made: it was made already, or the endpoint is gone
 */
export async function beginDelivery(db: Database, claimed: ClaimedDelivery): Promise<BegunDelivery | null> {
  const { rows } = await db.query<BegunDelivery>(
    `update webhook_deliveries d
     set attempts = d.attempts + 1, claimed_until = now() + interval '${UNDER_WAY_S} s'
     from webhook_events v, webhook_endpoints e
     where d.id = $1 and d.attempts = $2 and d.next_at is not null
       and v.id = d.event_id and e.id = d.endpoint_id and e.gone_at is null
     returning d.id::text as "deliveryId", d.attempts, v.id as "eventId", v.type, v.occurred_at as "occurredAt", v.data,
       e.id as "endpointId", e.url, e.sealed, e.version,
       coalesce(e.previous_signs_until > now(), false) as "previousSigns", now() as "sentAt"`,
    [claimed.deliveryId, claimed.attempts],
  )
  return rows[0] ?? null
}
