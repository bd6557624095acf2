-- What products are told: events, the endpoints that want them, and how far each has got.

create table webhook_endpoints (
  id text primary key,
  url text not null,
  event_types text[],
  workspace_ids text[],
  sealed text not null,
  version integer not null default 1,
  kid text not null,
  previous_signs_until timestamptz,
  created_at timestamptz not null default now(),
  failures integer not null default 0,
  failing_since timestamptz,
  paused_until timestamptz,
  gone_at timestamptz
);

create table webhook_events (
  id text primary key,
  type text not null,
  occurred_at timestamptz not null default now(),
  workspace_id text,
  account_id text,
  data jsonb not null,
  once_key text
);

create unique index webhook_events_once on webhook_events (once_key);
create index webhook_events_occurred on webhook_events (occurred_at);
create index webhook_events_account on webhook_events (account_id);

-- No foreign key to the endpoint: whoever saves a new token must never fail because an endpoint is removed at that moment.
create table webhook_deliveries (
  id bigint primary key generated always as identity,
  event_id text not null,
  endpoint_id text not null,
  attempts integer not null default 0,
  next_at timestamptz,
  deadline_at timestamptz not null default now() + interval '3 days',
  claimed_until timestamptz,
  delivered_at timestamptz,
  given_up_at timestamptz,
  last_status integer,
  last_error text,
  constraint webhook_deliveries_event_id_webhook_events_id_fk
    foreign key (event_id) references webhook_events (id) on delete cascade
);

create unique index webhook_deliveries_once on webhook_deliveries (event_id, endpoint_id);
create index webhook_deliveries_next on webhook_deliveries (endpoint_id, next_at) where next_at is not null;
create index webhook_deliveries_claimed on webhook_deliveries (endpoint_id, claimed_until) where claimed_until is not null;

-- Events are written by triggers, in the statement that changes the state: one per transition, whoever makes it, an older
-- daemon beside a newer one included. The conditions stand at the triggers, so that a refresh that changes nothing of the
-- kind calls no function. All that a trigger does is insert: it waits for nobody and finds nothing to refuse.

create function webhook_moment(at timestamptz) returns text language sql stable as $$
  select to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;

create function webhook_wants(endpoint webhook_endpoints, event_type text, workspace text) returns boolean
language sql immutable as $$
  select endpoint.gone_at is null
    and (endpoint.event_types is null or event_type = any (endpoint.event_types))
    and (endpoint.workspace_ids is null or coalesce(workspace = any (endpoint.workspace_ids), false))
$$;

-- The public identity of an account, and nothing secret. Called after the statement, so that it reads what that has written.
create function webhook_account(account social_accounts) returns jsonb language sql stable as $$
  select jsonb_build_object(
    'id', account.id, 'workspaceId', account.workspace_id, 'platform', account.platform,
    'externalId', account.external_id, 'handle', account.handle, 'status', account.status,
    'reconnectBy', (select webhook_moment(s.reconnect_by) from refresh_schedule s where s.account_id = account.id),
    'lastRefreshError', account.last_refresh_error)
$$;

-- Writes an event and what is to be delivered of it. With a key that was used before it does nothing.
create function record_webhook_event(event_type text, workspace text, account text, content jsonb, key text)
returns void language sql as $$
  with event as (
    insert into webhook_events (id, type, workspace_id, account_id, data, once_key)
    values ('evt_' || replace(gen_random_uuid()::text, '-', ''), event_type, workspace, account, content, key)
    on conflict (once_key) do nothing
    returning id
  )
  insert into webhook_deliveries (event_id, endpoint_id, next_at)
  select event.id, e.id, now() from event, webhook_endpoints e where webhook_wants(e, event_type, workspace)
$$;

create function tell_account_status() returns trigger language plpgsql as $$
begin
  perform record_webhook_event(
    case new.status
      when 'TOKEN_EXPIRED' then 'account.token_expired'
      when 'REVOKED' then 'account.revoked'
      else 'account.recovered'
    end,
    new.workspace_id, new.id, webhook_account(new) || jsonb_build_object('previousStatus', old.status), null);
  return null;
end $$;

create trigger social_accounts_tell after update of status on social_accounts for each row
  when (old.status is distinct from new.status and new.status <> 'DISCONNECTED')
  execute function tell_account_status();

-- That a platform asks us to slow down is no news. A pause that was told once stays told until it ends, whatever it is
-- prolonged for, so that each `paused` has its `resumed`.
alter table platform_states add column told boolean not null default false;
update platform_states set told = reason <> 'rate_limited';

create function note_told_pause() returns trigger language plpgsql as $$
begin
  new.told := new.reason <> 'rate_limited' or (tg_op = 'UPDATE' and old.told);
  return new;
end $$;

create function tell_pause() returns trigger language plpgsql as $$
begin
  perform record_webhook_event('platform.paused', null, null, jsonb_build_object(
    'app', new.app, 'reason', new.reason, 'since', webhook_moment(new.since),
    'pausedUntil', case when new.paused_until < timestamptz '9999-12-31 00:00Z' then webhook_moment(new.paused_until) end), null);
  return null;
end $$;

create function tell_resumption() returns trigger language plpgsql as $$
begin
  perform record_webhook_event('platform.resumed', null, null, jsonb_build_object(
    'app', old.app, 'reason', old.reason, 'since', webhook_moment(old.since)), null);
  return null;
end $$;

create trigger platform_states_note before insert or update on platform_states for each row
  execute function note_told_pause();
create trigger platform_states_tell_new after insert on platform_states for each row
  when (new.told) execute function tell_pause();
create trigger platform_states_tell_graver after update on platform_states for each row
  when (new.told and not old.told) execute function tell_pause();
create trigger platform_states_tell_end after delete on platform_states for each row
  when (old.told) execute function tell_resumption();
