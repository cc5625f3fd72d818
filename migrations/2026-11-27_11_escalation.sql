-- Who hears of an incident later: where a mute rule kept its opening back, and where nobody has taken it after a while. And who is on it,
-- when somebody else has said so.

alter table incidents
  -- Organizations whose rule kept its opening from being told. Null: none did, or it was told since.
  add column if not exists muted_for uuid[];

create index if not exists incidents_kept_back on incidents (id) where muted_for is not null and resolved_at is null;

alter table notification_routes
  -- Null: at once. Otherwise only what is open still, and nobody has taken, so many minutes later.
  add column if not exists after_minutes integer
    constraint notification_routes_after_check check (after_minutes between 1 and 1440);

alter table incident_events
  -- Of `escalated`: the route that led there. No foreign key: it was told, whatever becomes of the route.
  add column if not exists route_id uuid,
  -- Of `acknowledged`: who is on it, where somebody else (`operator`) said so.
  add column if not exists assignee text;

alter table incident_events
  drop constraint if exists incident_events_type_check,
  add constraint incident_events_type_check check (
    type in ('opened', 'reminded', 'resolved', 'acknowledged', 'unacknowledged', 'snoozed', 'woken', 'noted', 'escalated')
  );

-- Once for each incident and route, whoever dispatches.
create unique index if not exists incident_events_escalated on incident_events (incident_id, route_id) where type = 'escalated';

-- Hints for the dispatch, as in 2026-11-26_02_notifications.sql; from what nobody is on any more, time begins to count again.
create or replace function pipeline_manager_undispatched() returns trigger language plpgsql as $$
begin
  if exists (
    select from changed
    where (dispatched_at is null and type in ('opened', 'reminded', 'resolved')) or type in ('unacknowledged', 'woken')
  ) then
    perform pg_notify('pipeline_manager', 'dispatch');
  end if;
  return null;
end
$$;

-- A route that waits is due by the clock, which nobody would look at.
create or replace function pipeline_manager_routes_changed() returns trigger language plpgsql as $$
begin
  perform pg_notify('pipeline_manager', 'dispatch');
  return null;
end
$$;

drop trigger if exists notification_routes_dispatch on notification_routes;
create trigger notification_routes_dispatch
  after insert or update or delete on notification_routes
  for each statement execute function pipeline_manager_routes_changed();
