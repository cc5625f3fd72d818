-- Who is told of what, and what became of it. The table `notifications`, unused so far, gets one row per message and channel.

create table if not exists notification_routes (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references organizations (id) on delete cascade,
  channel text not null,
  -- Null = all.
  kinds text[],
  brand_ids uuid[],
  tells_resolved boolean not null,
  enabled boolean not null,
  changed_at timestamptz not null default now(),
  changed_by text not null
);

create index if not exists notification_routes_organization on notification_routes (organization_id);

alter table notifications
  -- In the order in which messages may be told; devices read on from where they were.
  add column if not exists sequence bigint generated always as identity,
  -- Null = it concerns every organization.
  add column if not exists organization_id uuid references organizations (id) on delete cascade,
  add column if not exists channel_type text,
  add column if not exists state text not null default 'pending'
    constraint notifications_state_check check (
      state in ('pending', 'held', 'sending', 'delivered', 'failed', 'dropped')
    ),
  add column if not exists is_test boolean not null default false,
  -- Only this agent tells it: a test for one desktop.
  add column if not exists for_agent text,
  -- How many transitions it tells of.
  add column if not exists transitions integer not null default 1,
  add column if not exists title text not null default '',
  -- shared/notifications/message.ts; kept, so that every try says the same.
  add column if not exists message jsonb not null default '{}',
  add column if not exists held_for text
    constraint notifications_held_for_check check (held_for in ('quiet_hours', 'flapping')),
  -- When it could be told first; null while it is held.
  add column if not exists queued_at timestamptz default now(),
  add column if not exists next_try_at timestamptz default now(),
  add column if not exists attempts integer not null default 0,
  -- Who tells it (no foreign key: the agent may be swept away before), and since when; the number of the attempt fences what becomes
  -- of it.
  add column if not exists agent_id uuid,
  add column if not exists sending_at timestamptz,
  -- An agent was lost while it told this, so it is told once more.
  add column if not exists was_lost boolean not null default false,
  add column if not exists ended_at timestamptz,
  add column if not exists answer text,
  add column if not exists requested_by text;

-- A summary and a test are about no single incident.
alter table notifications
  alter column incident_id drop not null,
  alter column transition drop not null,
  drop constraint if exists notifications_incident_id_transition_channel_key,
  drop column if exists delivered_at,
  drop column if exists failed_at;

create index if not exists notifications_due on notifications (channel, next_try_at) where state = 'pending';
create index if not exists notifications_open on notifications (channel, state)
  where state in ('pending', 'sending', 'held');
create unique index if not exists notifications_held on notifications (
  coalesce(organization_id, '00000000-0000-0000-0000-000000000000'), channel, held_for
) where state = 'held';
create index if not exists notifications_list on notifications (organization_id, sequence desc);
create index if not exists notifications_incident on notifications (incident_id) where incident_id is not null;
create index if not exists notifications_failed on notifications (channel, ended_at desc) where state = 'failed';
create index if not exists notifications_channel on notifications (channel, sequence desc);

-- N2: at most one message per transition and channel, whoever dispatches.
create table if not exists notification_events (
  event_id bigint not null references incident_events (id) on delete cascade,
  channel text not null,
  notification_id uuid not null references notifications (id) on delete cascade,
  primary key (event_id, channel)
);

create index if not exists notification_events_notification on notification_events (notification_id);

-- Hints for the agents: the leader works out who is told. Also on agents' own connections, since the evaluation is one.
create or replace function pipeline_manager_undispatched() returns trigger language plpgsql as $$
begin
  if exists (
    select from changed where dispatched_at is null and type in ('opened', 'reminded', 'resolved')
  ) then
    perform pg_notify('pipeline_manager', 'dispatch');
  end if;
  return null;
end
$$;

drop trigger if exists incident_events_undispatched_insert on incident_events;
create trigger incident_events_undispatched_insert
  after insert on incident_events
  referencing new table as changed
  for each statement execute function pipeline_manager_undispatched();

drop trigger if exists incident_events_undispatched_update on incident_events;
create trigger incident_events_undispatched_update
  after update on incident_events
  referencing new table as changed
  for each statement execute function pipeline_manager_undispatched();

do $$
declare
  public_role text;
  our_table text;
begin
  foreach our_table in array array['notification_routes', 'notification_events'] loop
    foreach public_role in array array['anon', 'authenticated'] loop
      if exists (select from pg_roles where rolname = public_role) then
        execute format('alter table %I enable row level security', our_table);
        execute format('revoke all on %I from %I', our_table, public_role);
      end if;
    end loop;
  end loop;
  -- Hints for consoles, as in 2026-11-24_14_console_changes.sql.
  foreach our_table in array array['notification_routes', 'notifications'] loop
    execute format('drop trigger if exists %I on %I', our_table || '_changed', our_table);
    execute format(
      'create trigger %I after insert or update or delete or truncate on %I for each statement
        when (current_setting(''pipeline_manager.agent'', true) is distinct from ''on'')
        execute function pipeline_manager_changed(''incidents'')',
      our_table || '_changed', our_table
    );
  end loop;
end
$$;
