import type { Database } from './connect.ts'

/** So many days before a grant ends, its account's owner is to be asked to reconnect; the first threshold comes first. */
export const RECONNECT_DUE_DAYS = [30, 14, 7, 1] as const

/** One daemon at a time looks for reconnects that are due: `trwd` in ASCII. */
const RECONNECTS_LOCK = 0x74727764

/**
 * Records `account.reconnect_due` for ACTIVE accounts whose grant ends soon: once for each threshold and end, and of
 * thresholds that passed unseen only the nearest. An end that has moved by less than a day is the same one: platforms
 * tell it in seconds from their answer on.
 *
 * Safe to call from every daemon at once.
 *
 * @returns how many were recorded, at most `limit`
 */
export async function recordReconnectsDue(db: Database, limit: number): Promise<number> {
  const { rowCount } = await db.query(
    `with due as materialized (
       select a, s.reconnect_by, nearest.days
       from refresh_schedule s join social_accounts a on a.id = s.account_id
       cross join lateral (
         select min(days) as days from unnest($1::integer[]) as days
         where s.reconnect_by <= now() + make_interval(hours => 24 * days)
       ) nearest
       where (select pg_try_advisory_xact_lock(${RECONNECTS_LOCK}))
         and a.status = 'ACTIVE' and s.reconnect_by > now()
         and s.reconnect_by <= now() + make_interval(hours => 24 * ${RECONNECT_DUE_DAYS[0]})
         and not exists (
           select from webhook_events v
           where v.account_id = a.id and v.type = 'account.reconnect_due' and (v.data ->> 'withinDays')::integer = nearest.days
             and abs(extract(epoch from (v.data ->> 'reconnectBy')::timestamptz - s.reconnect_by)) < 86400)
       order by s.reconnect_by limit $2
     )
     select record_webhook_event('account.reconnect_due', (a).workspace_id, (a).id,
       webhook_account(a) || jsonb_build_object('withinDays', days),
       'reconnect_due ' || (a).id || ' ' || days || ' ' || webhook_moment(reconnect_by))
     from due`,
    [RECONNECT_DUE_DAYS, limit],
  )
  return rowCount ?? 0
}

/** Removes the oldest events with their deliveries, but none that is still to be delivered; returns how many went. */
export async function pruneEvents(
  db: Database,
  { olderThanDays, limit }: { olderThanDays: number; limit: number },
): Promise<number> {
  const { rowCount } = await db.query(
    `delete from webhook_events where id in (
       select id from webhook_events v
       where occurred_at < now() - make_interval(days => $1)
         and not exists (
           select from webhook_deliveries d join webhook_endpoints e on e.id = d.endpoint_id
           where d.event_id = v.id and d.next_at is not null and e.gone_at is null)
       order by occurred_at limit $2
       for update skip locked)`,
    [olderThanDays, limit],
  )
  return rowCount ?? 0
}

/** Which events are to be sent again: those since a moment, or one. */
export type ReplayChoice = { readonly since: Date } | { readonly eventId: string }

/**
 * Makes events due for an endpoint again, whatever became of them before, as far as the endpoint wants them.
 *
 * @returns how many
 */
export async function replayEvents(db: Database, endpointId: string, choice: ReplayChoice): Promise<number> {
  const since = 'since' in choice ? choice.since : null
  const eventId = 'eventId' in choice ? choice.eventId : null
  const { rowCount } = await db.query(
    `insert into webhook_deliveries as d (event_id, endpoint_id, next_at)
     select v.id, e.id, now() from webhook_events v, webhook_endpoints e
     where e.id = $1 and webhook_wants(e, v.type, v.workspace_id) and (v.occurred_at >= $2 or v.id = $3)
     order by v.occurred_at
     on conflict (event_id, endpoint_id) do update
     set attempts = 0, next_at = now(), deadline_at = excluded.deadline_at, claimed_until = null,
         delivered_at = null, given_up_at = null, last_status = null, last_error = null`,
    [endpointId, since, eventId],
  )
  return rowCount ?? 0
}
