-- What a route that waits has told is remembered with the channel: a route that leads elsewhere is another one to be told on.

alter table incident_events
  -- Of `escalated`: where it was told. Null only of what a program before this one wrote while both ran.
  add column if not exists channel text;

-- Until now it stood in the words alone.
update incident_events set channel = substring(note from '^On (.*), after \d+ min in which nobody took it\.$')
where type = 'escalated' and channel is null;

-- Once for each incident, route and channel, whoever dispatches.
create unique index if not exists incident_events_escalated_on on incident_events (incident_id, route_id, channel)
  where type = 'escalated';
drop index if exists incident_events_escalated;
