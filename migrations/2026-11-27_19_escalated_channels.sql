-- What a route that waits has told is remembered with the channel: a route that leads elsewhere is another one to be told on. And whoever is
-- given an incident hears of it where a route says so.

alter table incident_events
  -- Of `escalated`: where it was told. Null only of what a program before this one wrote while both ran.
  add column if not exists channel text,
  -- Of `escalated`: how often it was told there before.
  add column if not exists repetition integer;

-- Until now it stood in the words alone.
update incident_events
set channel = substring(note from '^On (.*), after \d+ min in which nobody took it\.$'), repetition = 0
where type = 'escalated' and channel is null;

-- Once for each incident, route, channel and repetition, whoever dispatches.
create unique index if not exists incident_events_escalated_on
  on incident_events (incident_id, route_id, channel, repetition)
  where type = 'escalated';
drop index if exists incident_events_escalated;

alter table notification_routes
  -- Null: of whatever fits. Otherwise only what somebody else gave to this person, and its end while it is theirs.
  add column if not exists person text
    constraint notification_routes_person_check check (person is null or after_minutes is null),
  -- Of what waits: told again every so many minutes while nobody is on it. Null: once.
  add column if not exists repeat_minutes integer
    constraint notification_routes_repeat_check check (
      repeat_minutes is null or (repeat_minutes between 1 and 1440 and after_minutes is not null)
    );

-- As in 2026-11-27_11_escalation.sql, with what was given to somebody.
create or replace function pipeline_manager_undispatched() returns trigger language plpgsql as $$
begin
  if exists (
    select from changed
    where (dispatched_at is null and type in ('opened', 'reminded', 'resolved', 'acknowledged')) or type in ('unacknowledged', 'woken')
  ) then
    perform pg_notify('pipeline_manager', 'dispatch');
  end if;
  return null;
end
$$;
