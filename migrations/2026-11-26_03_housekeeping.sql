-- Who leads (one agent evaluates, tells and sweeps for all), what was swept away, and a guard for everything that sweeps.

-- One row at most. Where agents have sessions of their own, a session lock says who leads and `expires_at` is null; behind a
-- pooler the row itself is the claim, and holds until `expires_at`.
create table if not exists leadership (
  id boolean primary key default true
    constraint leadership_one_row check (id),
  agent_id uuid not null,
  -- Of this term; renewing and giving up name it.
  token uuid not null,
  taken_at timestamptz not null default now(),
  expires_at timestamptz
);

-- One row for each sweep of the leader: what it removed, how far it came, and how large the tables were when it began.
create table if not exists housekeeping_sweeps (
  id bigint generated always as identity primary key,
  -- No foreign key: the record outlives the agent.
  agent_id uuid not null,
  started_at timestamptz not null default now(),
  -- When it last told how far it is.
  updated_at timestamptz not null default now(),
  ended_at timestamptz,
  state text not null default 'running'
    constraint housekeeping_sweeps_state_check check (state in ('running', 'completed', 'stopped', 'failed')),
  failure text,
  -- Table → rows removed.
  removed jsonb not null default '{}',
  -- The ages it worked with, days: {"logs", "successful_runs", "failed_runs", "history", "incidents"}.
  keep_days jsonb not null,
  -- Table → {"rows", "inserted", "bytes"} at its start; `inserted` counts since the server's statistics were reset.
  tables jsonb not null default '{}',
  -- Logs of runs that started before this are gone.
  logs_through timestamptz
);

create index if not exists housekeeping_sweeps_started on housekeeping_sweeps (started_at desc);

-- Whatever sweeps or deletes jobs looks here; a delete walked over all incidents.
create index if not exists incidents_job on incidents (scheduled_job_id) where scheduled_job_id is not null;
create index if not exists notifications_created on notifications (created_at);

-- Everything older than this may go. An age that is not at least one day would name an instant that has not passed yet, or take
-- what was written a moment ago, so it is refused here, where no caller can forget it.
create or replace function housekeeping_cutoff(keep_days integer) returns timestamptz language plpgsql stable as $$
begin
  if keep_days is null or keep_days not between 1 and 36500 then
    raise exception 'Rows are kept for 1 to 36500 days; % is refused.', coalesce(keep_days::text, 'null')
      using errcode = 'invalid_parameter_value';
  end if;
  return now() - make_interval(days => keep_days);
end
$$;

-- A hint for consoles, as in 2026-11-24_14_console_changes.sql. Renewals are not told.
drop trigger if exists leadership_changed on leadership;
create trigger leadership_changed
  after insert or delete or truncate or update of agent_id on leadership
  for each statement execute function pipeline_manager_changed('agents');

do $$
declare
  public_role text;
  our_table text;
begin
  foreach our_table in array array['leadership', 'housekeeping_sweeps'] loop
    foreach public_role in array array['anon', 'authenticated'] loop
      if exists (select from pg_roles where rolname = public_role) then
        execute format('alter table %I enable row level security', our_table);
        execute format('revoke all on %I from %I', our_table, public_role);
      end if;
    end loop;
  end loop;
end
$$;
