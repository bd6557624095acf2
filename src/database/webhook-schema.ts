import { bigint, foreignKey, index, integer, jsonb, pgTable, text, timestamp, uniqueIndex } from 'drizzle-orm/pg-core'
import { sql } from 'drizzle-orm/sql'

const moment = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' })

/** Who is told of events. */
export const webhookEndpoints = pgTable('webhook_endpoints', {
  id: text('id').primaryKey(),
  url: text('url').notNull(),
  /** Null: every type, those to come included. */
  eventTypes: text('event_types').array(),
  /** Null: every workspace, and what belongs to none. */
  workspaceIds: text('workspace_ids').array(),
  /** The secrets that sign, sealed for this version (`sealing/webhook-secrets.ts`). */
  sealed: text('sealed').notNull(),
  version: integer('version').notNull().default(1),
  /** Name of the key that sealed them. */
  kid: text('kid').notNull(),
  /** Until then the secret before signs as well. */
  previousSignsUntil: moment('previous_signs_until'),
  createdAt: moment('created_at').notNull().defaultNow(),
  /** Failed deliveries in a row, those of a pause not counted. */
  failures: integer('failures').notNull().default(0),
  failingSince: moment('failing_since'),
  pausedUntil: moment('paused_until'),
  /** It answered 410: nothing is sent any more until somebody resumes it. */
  goneAt: moment('gone_at'),
})

/** What has happened, written by triggers of the migration 0004 in the statement that made it happen. */
export const webhookEvents = pgTable(
  'webhook_events',
  {
    id: text('id').primaryKey(),
    type: text('type').notNull(),
    occurredAt: moment('occurred_at').notNull().defaultNow(),
    /** Null: belongs to no workspace. */
    workspaceId: text('workspace_id'),
    accountId: text('account_id'),
    data: jsonb('data').notNull(),
    /** What happens once is recorded once. */
    onceKey: text('once_key'),
  },
  (table) => [
    uniqueIndex('webhook_events_once').on(table.onceKey),
    index('webhook_events_occurred').on(table.occurredAt),
    index('webhook_events_account').on(table.accountId),
  ],
)

/** One event for one endpoint. */
export const webhookDeliveries = pgTable(
  'webhook_deliveries',
  {
    id: bigint('id', { mode: 'bigint' }).primaryKey().generatedAlwaysAsIdentity(),
    eventId: text('event_id').notNull(),
    endpointId: text('endpoint_id').notNull(),
    attempts: integer('attempts').notNull().default(0),
    /** Null: nothing is to be done any more. */
    nextAt: moment('next_at'),
    /** The last try is made then. */
    deadlineAt: moment('deadline_at').notNull().default(sql`(now() + '3 days'::interval)`),
    /** Until then it is with the queue or with a worker. */
    claimedUntil: moment('claimed_until'),
    deliveredAt: moment('delivered_at'),
    givenUpAt: moment('given_up_at'),
    lastStatus: integer('last_status'),
    lastError: text('last_error'),
  },
  (table) => [
    foreignKey({
      name: 'webhook_deliveries_event_id_webhook_events_id_fk',
      columns: [table.eventId],
      foreignColumns: [webhookEvents.id],
    }).onDelete('cascade'),
    uniqueIndex('webhook_deliveries_once').on(table.eventId, table.endpointId),
    index('webhook_deliveries_next').on(table.endpointId, table.nextAt).where(sql`${table.nextAt} is not null`),
    index('webhook_deliveries_claimed')
      .on(table.endpointId, table.claimedUntil)
      .where(sql`${table.claimedUntil} is not null`),
  ],
)
