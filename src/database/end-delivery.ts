import type { Database } from './connect.ts'
import { type BegunDelivery, FAILURES_BEFORE_PAUSE } from './webhook-deliveries.ts'

type Try = Pick<BegunDelivery, 'deliveryId' | 'endpointId' | 'attempts'>

/** What came back; the code is ours, for a failure on the way. */
export interface Failure {
  readonly status: number | null
  readonly code: string | null
}

/** The first pause of an endpoint; it doubles with every failure after it, up to the longest. */
const FIRST_PAUSE_S = 30
const LONGEST_PAUSE_S = 3600

// Here and below the delivery is locked before its endpoint, so that two of them cannot lock each other out.

/** Notes that the endpoint took an event. One that had failed gets at once what waits for it. */
export async function saveDelivered(db: Database, { deliveryId, endpointId, attempts }: Try, status: number) {
  const { rows } = await db.query<{ recovered: boolean }>(
    `with delivery as (
       update webhook_deliveries
       set delivered_at = now(), next_at = null, claimed_until = null, last_status = $4, last_error = null
       where id = $1 and attempts = $3 returning id
     ), endpoint as (
       update webhook_endpoints set failures = 0, failing_since = null, paused_until = null
       where id = $2 and failures > 0 and exists (select from delivery) returning id
     )
     select exists (select from endpoint) as recovered`,
    [deliveryId, endpointId, attempts, status],
  )
  if (rows[0]?.recovered !== true) return
  await db.query(
    'update webhook_deliveries set next_at = now() where endpoint_id = $1 and next_at > now() and claimed_until is null',
    [endpointId],
  )
}

/**
 * Notes that a try failed, and when the next one is made: the last at the delivery's deadline, then it is given up. An
 * endpoint that fails again and again is paused; the failures of what was under way when the pause began do not prolong it.
 *
 * @returns whether the delivery was given up, and until when the endpoint is paused because of this failure
 */
export async function saveFailed(
  db: Database,
  { deliveryId, endpointId, attempts }: Try,
  { status, code, waitMs }: Failure & { waitMs: number },
): Promise<{ givenUp: boolean; pausedUntil: Date | null }> {
  const { rows } = await db.query<{ givenUp: boolean | null; pausedUntil: Date | null }>(SAVE_FAILED, [
    deliveryId,
    endpointId,
    attempts,
    status,
    code,
    waitMs / 1000,
  ])
  return { givenUp: rows[0]?.givenUp ?? false, pausedUntil: rows[0]?.pausedUntil ?? null }
}

// $1 delivery, $2 endpoint, $3 attempts, $4 status, $5 code, $6 wait in seconds
const SAVE_FAILED = `
with delivery as (
  update webhook_deliveries
  set last_status = $4, last_error = $5, claimed_until = null,
      next_at = case when now() < deadline_at then least(now() + make_interval(secs => $6), deadline_at) end,
      given_up_at = case when now() >= deadline_at then now() end
  where id = $1 and attempts = $3
  returning given_up_at is not null as given_up
), endpoint as (
  update webhook_endpoints
  set failures = failures + 1, failing_since = coalesce(failing_since, now()),
      paused_until = case when failures + 1 >= ${FAILURES_BEFORE_PAUSE} then
        now() + make_interval(secs => least(${LONGEST_PAUSE_S},
          ${FIRST_PAUSE_S} * 2.0 ^ least(20, failures + 1 - ${FAILURES_BEFORE_PAUSE}))) end
  where id = $2 and (paused_until is null or paused_until <= now()) and exists (select from delivery)
  returning paused_until
)
select (select given_up from delivery) as "givenUp", (select paused_until from endpoint) as "pausedUntil"`

/** Notes that an endpoint says it is gone: it gets nothing any more, and what waits for it is given up. */
export async function saveGone(db: Database, { endpointId }: Try, { status, code }: Failure): Promise<void> {
  await db.query(
    `with endpoint as (
       update webhook_endpoints set gone_at = now(), failures = failures + 1, failing_since = coalesce(failing_since, now())
       where id = $1 and gone_at is null
     )
     update webhook_deliveries
     set next_at = null, claimed_until = null, given_up_at = now(), last_status = $2, last_error = $3
     where endpoint_id = $1 and next_at is not null`,
    [endpointId, status, code],
  )
}
