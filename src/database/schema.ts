import {
  bigint,
  boolean,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { sql } from 'drizzle-orm/sql'

/** Every moment is a `timestamptz`, read as a `Date`. */
const moment = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' })

/** What the list module shows: exactly the members of the public contract, one column each. */
export const socialAccounts = pgTable(
  'social_accounts',
  {
    id: text('id').primaryKey(),
    workspaceId: text('workspace_id').notNull(),
    platform: text('platform').notNull(),
    externalId: text('external_id').notNull(),
    handle: text('handle').notNull(),
    displayName: text('display_name'),
    avatarUrl: text('avatar_url'),
    status: text('status').notNull().default('ACTIVE'),
    scopes: text('scopes').array().notNull(),
    connectedAt: moment('connected_at').notNull().defaultNow(),
    lastRefreshedAt: moment('last_refreshed_at'),
    tokenExpiresAt: moment('token_expires_at'),
    lastRefreshAttemptAt: moment('last_refresh_attempt_at'),
    lastRefreshError: text('last_refresh_error'),
    lastRefreshErrorStatus: integer('last_refresh_error_status'),
    meta: jsonb('meta').notNull().default({}),
    defaultBoardId: text('default_board_id'),
  },
  (table) => [
    uniqueIndex('social_accounts_connected_once')
      .on(table.workspaceId, table.platform, table.externalId)
      .where(sql`${table.status} <> 'DISCONNECTED'`),
    index('social_accounts_list')
      .on(table.workspaceId, table.connectedAt.desc().nullsFirst(), table.id.desc().nullsFirst())
      .where(sql`${table.status} <> 'DISCONNECTED'`),
    check('social_accounts_status', sql`${table.status} in ('ACTIVE', 'TOKEN_EXPIRED', 'REVOKED', 'DISCONNECTED')`),
    check(
      'social_accounts_error_status',
      sql`${table.lastRefreshErrorStatus} is null or ${table.lastRefreshError} is not null`,
    ),
  ],
)

/**
 * The secrets, always sealed (`vault.ts`). `version` grows by one with every new credential; it is sealed into the
 * value and guards every write.
 */
export const accountCredentials = pgTable(
  'account_credentials',
  {
    accountId: text('account_id')
      .primaryKey()
      .references(() => socialAccounts.id, { onDelete: 'cascade' }),
    sealed: text('sealed').notNull(),
    version: integer('version').notNull(),
    issuedAt: moment('issued_at'),
    refreshTokenExpiresAt: moment('refresh_token_expires_at'),
    /** Keyed hash of the refresh token, where a token works once: nobody can connect the same one twice. */
    refreshTokenFingerprint: text('refresh_token_fingerprint'),
    /** The same of the token that came with the last import, to refuse an import of a token that is used up. */
    connectedFingerprint: text('connected_fingerprint'),
    /** Name of the key that sealed it; the expression stands in the migration 0004. */
    kid: text('kid').generatedAlwaysAs(sql`the name in the first part of sealed`),
  },
  (table) => [
    uniqueIndex('account_credentials_fingerprint').on(table.refreshTokenFingerprint),
    index('account_credentials_kid').on(table.kid),
  ],
)

/** What is left of keys that were taken out of use: enough to recognise a token of their time, sealed. */
export const retiredFingerprintKeys = pgTable('retired_fingerprint_keys', {
  kid: text('kid').primaryKey(),
  sealed: text('sealed').notNull(),
})

/** When each account is due and who works on it: narrow, and the only table that the scan reads. */
export const refreshSchedule = pgTable(
  'refresh_schedule',
  {
    accountId: text('account_id')
      .primaryKey()
      .references(() => socialAccounts.id, { onDelete: 'cascade' }),
    platform: text('platform').notNull(),
    app: text('app').notNull(),
    /** Null: nothing to do. */
    dueAt: moment('due_at'),
    /** The moment by which the account has to be renewed: the order of the queue. */
    deadlineAt: moment('deadline_at'),
    /** False: nothing can renew the access token. At `dueAt` the account becomes TOKEN_EXPIRED without a call. */
    renewable: boolean('renewable').notNull().default(true),
    /** Set by the scan that hands the account to the queue, cleared by the worker that takes it. */
    claimedAt: moment('claimed_at'),
    leaseId: uuid('lease_id'),
    leasedUntil: moment('leased_until'),
    /** An attempt is under way, or was interrupted when `leasedUntil` has passed. */
    attemptId: bigint('attempt_id', { mode: 'bigint' }),
    /** Since when nobody knows whether the refresh token is spent. */
    inDoubtAt: moment('in_doubt_at'),
    consecutiveFailures: integer('consecutive_failures').notNull().default(0),
    /** When the failures in a row began; null: the last attempt did not fail. */
    failingSince: moment('failing_since'),
    /** The code of the last of them. */
    failingCode: text('failing_code'),
    /** The grant ends then, whatever we do: the owner has to connect again before. Null: not known. */
    reconnectBy: moment('reconnect_by'),
    /** An operator has made the account due; the claim of the scan uses it up. */
    requestedAt: moment('requested_at'),
  },
  (table) => [index('refresh_schedule_due').on(table.app, table.dueAt).where(sql`${table.dueAt} is not null`)],
)

/** One row per attempt, written before bytes leave: the durable intent, then the history. */
export const refreshAttempts = pgTable(
  'refresh_attempts',
  {
    id: bigint('id', { mode: 'bigint' }).primaryKey().generatedAlwaysAsIdentity(),
    accountId: text('account_id').notNull(),
    platform: text('platform').notNull(),
    trigger: text('trigger').notNull(),
    startedAt: moment('started_at').notNull().defaultNow(),
    finishedAt: moment('finished_at'),
    outcome: text('outcome'),
    httpStatus: integer('http_status'),
    /** The platform's own code, or ours for a failure on the way. */
    errorCode: text('error_code'),
    /** Our sentence for the account's owner. */
    error: text('error'),
    oldTokenExpiresAt: moment('old_token_expires_at'),
    newTokenExpiresAt: moment('new_token_expires_at'),
    /** The grant is dead because a new token did not reach us: our own failure rate. */
    lostRotation: boolean('lost_rotation').notNull().default(false),
    worker: text('worker').notNull(),
  },
  (table) => [
    index('refresh_attempts_account').on(table.accountId, table.startedAt.desc().nullsFirst()),
    index('refresh_attempts_started').on(table.startedAt),
    index('refresh_attempts_dead')
      .on(table.platform, table.startedAt)
      .where(sql`${table.outcome} in ('token_expired', 'revoked')`),
    check('refresh_attempts_trigger', sql`${table.trigger} in ('schedule', 'operator', 'on_demand')`),
  ],
)

/** Pauses of an app, shared by all workers. No row: not paused. */
export const platformStates = pgTable('platform_states', {
  app: text('app').primaryKey(),
  pausedUntil: moment('paused_until').notNull(),
  reason: text('reason').notNull(),
  since: moment('since').notNull().defaultNow(),
  /** Webhooks have told of it; kept by a trigger of the migration 0004. */
  told: boolean('told').notNull().default(false),
})

/** Where all daemons wait before a platform whose requests are limited. Unlogged: losing it costs nothing. */
export const appTurns = pgTable('app_turns', {
  app: text('app').primaryKey(),
  nextAt: moment('next_at').notNull(),
  restartedAt: moment('restarted_at'),
})

/** One row for the whole fleet: when accounts were last looked for. */
export const scanState = pgTable(
  'scan_state',
  {
    id: boolean('id').primaryKey().default(true),
    lastScanAt: moment('last_scan_at').notNull(),
    claimed: integer('claimed').notNull(),
    worker: text('worker').notNull(),
    /** What the daemon that scanned can refresh: whoever looks from elsewhere has other settings. */
    apps: text('apps').array(),
  },
  (table) => [check('scan_state_single', sql`${table.id}`)],
)

/** API keys of the list module: only the SHA-256 of a key is kept. */
export const apiKeys = pgTable('api_keys', {
  digest: text('digest').primaryKey(),
  /** The eight visible characters after `pb_live_`. */
  prefix: text('prefix').notNull(),
  name: text('name').notNull(),
  /** Null: every workspace, those to come included. */
  workspaceIds: text('workspace_ids').array(),
  createdAt: moment('created_at').notNull().defaultNow(),
  lastUsedAt: moment('last_used_at'),
  revokedAt: moment('revoked_at'),
})
