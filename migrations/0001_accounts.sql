-- Accounts, their credentials, the schedule and the history of attempts.
-- Forward only: a change to a table is a new file. A test compares the result with src/database/schema.ts.

create table social_accounts (
  id text primary key,
  workspace_id text not null,
  platform text not null,
  external_id text not null,
  handle text not null,
  display_name text,
  avatar_url text,
  status text not null default 'ACTIVE',
  scopes text[] not null,
  connected_at timestamptz not null default now(),
  last_refreshed_at timestamptz,
  token_expires_at timestamptz,
  last_refresh_attempt_at timestamptz,
  last_refresh_error text,
  last_refresh_error_status integer,
  meta jsonb not null default '{}'::jsonb,
  default_board_id text,
  constraint social_accounts_status check (status in ('ACTIVE', 'TOKEN_EXPIRED', 'REVOKED', 'DISCONNECTED')),
  constraint social_accounts_error_status check (last_refresh_error_status is null or last_refresh_error is not null)
) with (fillfactor = 85);

-- Partial, because a disconnected row stays and a later connection is a new row.
create unique index social_accounts_connected_once on social_accounts (workspace_id, platform, external_id)
  where status <> 'DISCONNECTED';
create index social_accounts_list on social_accounts (workspace_id, connected_at desc, id desc)
  where status <> 'DISCONNECTED';

create table account_credentials (
  account_id text primary key,
  sealed text not null,
  version integer not null,
  issued_at timestamptz,
  refresh_token_expires_at timestamptz,
  refresh_token_fingerprint text,
  connected_fingerprint text,
  constraint account_credentials_account_id_social_accounts_id_fk
    foreign key (account_id) references social_accounts (id) on delete cascade
) with (fillfactor = 70);

create unique index account_credentials_fingerprint on account_credentials (refresh_token_fingerprint);

-- Every refresh moves due_at, which is indexed, so no update here is heap-only: the rows are narrow, and dead ones are
-- cleared early, because they collect at the head of the index where the scan starts reading.
create table refresh_schedule (
  account_id text primary key,
  platform text not null,
  app text not null,
  due_at timestamptz,
  deadline_at timestamptz,
  renewable boolean not null default true,
  claimed_at timestamptz,
  lease_id uuid,
  leased_until timestamptz,
  attempt_id bigint,
  in_doubt_at timestamptz,
  consecutive_failures integer not null default 0,
  constraint refresh_schedule_account_id_social_accounts_id_fk
    foreign key (account_id) references social_accounts (id) on delete cascade
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);

create index refresh_schedule_due on refresh_schedule (app, due_at) where due_at is not null;

-- No foreign key to the account: the history outlives it, and is written on every refresh.
create table refresh_attempts (
  id bigint primary key generated always as identity,
  account_id text not null,
  platform text not null,
  trigger text not null,
  started_at timestamptz not null default now(),
  finished_at timestamptz,
  outcome text,
  http_status integer,
  error_code text,
  error text,
  old_token_expires_at timestamptz,
  new_token_expires_at timestamptz,
  lost_rotation boolean not null default false,
  worker text not null,
  constraint refresh_attempts_trigger check (trigger in ('schedule', 'operator', 'on_demand'))
) with (fillfactor = 90);

create index refresh_attempts_account on refresh_attempts (account_id, started_at desc);
create index refresh_attempts_started on refresh_attempts (started_at);

create table platform_states (
  app text primary key,
  paused_until timestamptz not null,
  reason text not null,
  since timestamptz not null default now()
);

create table scan_state (
  id boolean primary key default true,
  last_scan_at timestamptz not null,
  claimed integer not null,
  worker text not null,
  constraint scan_state_single check (id)
);

create table api_keys (
  digest text primary key,
  prefix text not null,
  name text not null,
  workspace_ids text[],
  created_at timestamptz not null default now(),
  last_used_at timestamptz,
  revoked_at timestamptz
);
