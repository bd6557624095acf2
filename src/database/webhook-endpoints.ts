import type { Database } from './connect.ts'

/** What seals an endpoint's secrets, and for which version. */
export interface SealedSecrets {
  readonly id: string
  readonly sealed: string
  readonly version: number
  readonly kid: string
}

export interface NewEndpoint extends SealedSecrets {
  readonly url: string
  /** Null: all. */
  readonly eventTypes: readonly string[] | null
  /** Null: all, and what belongs to none. */
  readonly workspaceIds: readonly string[] | null
}

export interface Endpoint extends Omit<NewEndpoint, 'kid'> {
  /** The secret before the current one signs as well. */
  readonly previousSigns: boolean
  readonly goneAt: Date | null
}

/** What an operator sees of an endpoint. */
export interface ListedEndpoint extends Pick<NewEndpoint, 'id' | 'url' | 'eventTypes' | 'workspaceIds'> {
  readonly createdAt: Date
  readonly previousSignsUntil: Date | null
  /** Failed deliveries in a row. */
  readonly failures: number
  readonly failingSince: Date | null
  /** Null: not paused. */
  readonly pausedUntil: Date | null
  readonly goneAt: Date | null
  readonly waiting: number
  readonly delivered: number
  readonly givenUp: number
  readonly lastDeliveredAt: Date | null
}

/** Stores a new endpoint. It is told of what happens from now on. */
export async function addEndpoint(db: Database, endpoint: NewEndpoint): Promise<void> {
  const { id, url, eventTypes, workspaceIds, sealed, version, kid } = endpoint
  await db.query(
    `insert into webhook_endpoints (id, url, event_types, workspace_ids, sealed, version, kid)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [id, url, eventTypes, workspaceIds, sealed, version, kid],
  )
}

/** Finds one endpoint with its sealed secrets; null when there is none. */
export async function findEndpoint(db: Database, id: string): Promise<Endpoint | null> {
  const { rows } = await db.query<Endpoint>(
    `select id, url, event_types as "eventTypes", workspace_ids as "workspaceIds", sealed, version,
       coalesce(previous_signs_until > now(), false) as "previousSigns", gone_at as "goneAt"
     from webhook_endpoints where id = $1`,
    [id],
  )
  return rows[0] ?? null
}

/** Lists all endpoints with what became of their events, the newest first. */
export async function listEndpoints(db: Database): Promise<ListedEndpoint[]> {
  const { rows } = await db.query<ListedEndpoint>(
    `select e.id, e.url, e.event_types as "eventTypes", e.workspace_ids as "workspaceIds", e.created_at as "createdAt",
       case when e.previous_signs_until > now() then e.previous_signs_until end as "previousSignsUntil",
       e.failures, e.failing_since as "failingSince",
       case when e.paused_until > now() then e.paused_until end as "pausedUntil", e.gone_at as "goneAt",
       d.waiting, d.delivered, d.given_up as "givenUp", d.last_delivered_at as "lastDeliveredAt"
     from webhook_endpoints e cross join lateral (
       select count(*) filter (where next_at is not null)::integer as waiting,
         count(delivered_at)::integer as delivered, count(given_up_at)::integer as given_up,
         max(delivered_at) as last_delivered_at
       from webhook_deliveries where endpoint_id = e.id
     ) d
     order by e.created_at desc, e.id`,
  )
  return rows
}

/** True, and makes a statement lock deliveries before their endpoint, as the end of every try does. */
const AFTER_DELIVERIES = '(select count(*) from deliveries) >= 0'

/** Removes an endpoint and what waits for it; returns false when there is none. */
export async function removeEndpoint(db: Database, id: string): Promise<boolean> {
  const { rows } = await db.query<{ removed: boolean }>(
    `with deliveries as (
       delete from webhook_deliveries where endpoint_id = $1 returning id
     ), endpoint as (
       delete from webhook_endpoints where id = $1 and ${AFTER_DELIVERIES} returning id
     )
     select exists (select from endpoint) as removed`,
    [id],
  )
  return rows[0]?.removed ?? false
}

/** Ends the pause of an endpoint, also one for good, and makes what waits for it due; returns false when there is none. */
export async function resumeEndpoint(db: Database, id: string): Promise<boolean> {
  const { rows } = await db.query<{ resumed: boolean }>(
    `with deliveries as (
       update webhook_deliveries set next_at = now() where endpoint_id = $1 and next_at > now() returning id
     ), endpoint as (
       update webhook_endpoints set failures = 0, failing_since = null, paused_until = null, gone_at = null
       where id = $1 and ${AFTER_DELIVERIES} returning id
     )
     select exists (select from endpoint) as resumed`,
    [id],
  )
  return rows[0]?.resumed ?? false
}

/**
 * Puts other secrets in place of the ones of the version before.
 *
 * @param previousSignsHours how long the secret that was current signs along
 * @returns until when it does; null when somebody else has changed the secrets meanwhile
 */
export async function replaceSecrets(
  db: Database,
  { id, sealed, version, kid }: SealedSecrets,
  previousSignsHours: number,
): Promise<Date | null> {
  const { rows } = await db.query<{ until: Date }>(
    `update webhook_endpoints
     set sealed = $2, version = $3, kid = $4, previous_signs_until = now() + make_interval(hours => $5)
     where id = $1 and version = $3 - 1
     returning previous_signs_until as until`,
    [id, sealed, version, kid, previousSignsHours],
  )
  return rows[0]?.until ?? null
}

/** Finds the secrets that another key than `kid` sealed. */
export async function findSecretsSealedByOthers(db: Database, kid: string): Promise<SealedSecrets[]> {
  const { rows } = await db.query<SealedSecrets>(
    'select id, sealed, version, kid from webhook_endpoints where kid <> $1 order by id',
    [kid],
  )
  return rows
}

/** Stores the same secrets under another seal; returns false when they have changed meanwhile. */
export async function saveResealedSecrets(db: Database, secrets: SealedSecrets, replaces: string): Promise<boolean> {
  const { id, sealed, kid } = secrets
  const { rowCount } = await db.query(
    'update webhook_endpoints set sealed = $2, kid = $3 where id = $1 and sealed = $4',
    [id, sealed, kid, replaces],
  )
  return rowCount === 1
}
