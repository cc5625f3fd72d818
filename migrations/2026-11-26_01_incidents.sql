-- Incidents: what is wrong now and was, all that happened to each, what keeps them quiet, and what each organization watches for.
-- Written by the one agent that evaluates and by operators; nothing is written while nothing changes.

alter table incidents
  add column if not exists agent_id uuid references agents (id) on delete cascade,
  add column if not exists job_type text,
  -- No foreign key: the run may be swept away long before the incident.
  add column if not exists run_id uuid,
  add column if not exists next_step text,
  -- 'infinity' in snoozed_until: until it recovers.
  add column if not exists snoozed_by text,
  add column if not exists resolution text,
  add column if not exists reminded_at timestamptz,
  -- When what was behind it ended before it did; null once it was told by itself.
  add column if not exists released_at timestamptz;

-- Nothing is written while nothing changes, so nobody would keep it true.
alter table incidents drop column if exists last_seen_at;

-- N2, with agents: one open incident per kind, organization, brand, and dataset, job, job type or agent.
drop index if exists incidents_open;
create unique index if not exists incidents_open_thing on incidents (
  kind,
  coalesce(organization_id, '00000000-0000-0000-0000-000000000000'),
  coalesce(brand_id, '00000000-0000-0000-0000-000000000000'),
  coalesce(dataset_key, ''),
  coalesce(scheduled_job_id, '00000000-0000-0000-0000-000000000000'),
  coalesce(agent_id, '00000000-0000-0000-0000-000000000000'),
  (case when scheduled_job_id is null then coalesce(job_type, '') else '' end)
) where resolved_at is null;

create index if not exists incidents_organization on incidents (organization_id, opened_at desc, id desc);
create index if not exists incidents_organization_open on incidents (organization_id, opened_at desc, id desc)
  where resolved_at is null;
create index if not exists incidents_cause on incidents (cause_id) where cause_id is not null;

create table if not exists incident_events (
  id bigint generated always as identity primary key,
  incident_id uuid not null references incidents (id) on delete cascade,
  -- Of the incident: what was told to an organization lately is asked for all the time.
  organization_id uuid,
  type text not null
    constraint incident_events_type_check check (
      type in ('opened', 'reminded', 'resolved', 'acknowledged', 'unacknowledged', 'snoozed', 'woken', 'noted')
    ),
  happened_at timestamptz not null default now(),
  operator text,
  note text,
  until timestamptz,
  -- Whether channels tell it: never of effects, nor what operators do.
  told boolean not null default false,
  -- Null: nobody has worked out yet who is told. Set at once for what no channel tells.
  dispatched_at timestamptz
);

create index if not exists incident_events_incident on incident_events (incident_id, id desc);
create index if not exists incident_events_undispatched on incident_events (id) where dispatched_at is null;
create index if not exists incident_events_told on incident_events (organization_id, id desc) where told;

create table if not exists mute_rules (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references organizations (id) on delete cascade,
  brand_id uuid references brands (id) on delete cascade,
  dataset_key text,
  job_type text,
  kind text,
  until timestamptz,
  note text,
  created_at timestamptz not null default now(),
  created_by text not null
);

create index if not exists mute_rules_organization on mute_rules (organization_id);

-- One row per organization that has decided something; without one, the defaults of shared/incidents.ts hold.
create table if not exists notification_settings (
  organization_id uuid primary key references organizations (id) on delete cascade,
  -- Kind → true or false; a kind that is not named has its default.
  kinds jsonb not null default '{}',
  remind_every_minutes integer
    constraint notification_settings_remind_check check (remind_every_minutes between 60 and 10080),
  -- {"timeZone", "from", "to", "days"}, or null.
  quiet_hours jsonb,
  changed_at timestamptz not null default now(),
  changed_by text not null
);

do $$
declare
  public_role text;
  our_table text;
begin
  foreach our_table in array array['incident_events', 'mute_rules', 'notification_settings'] loop
    foreach public_role in array array['anon', 'authenticated'] loop
      if exists (select from pg_roles where rolname = public_role) then
        execute format('alter table %I enable row level security', our_table);
        execute format('revoke all on %I from %I', our_table, public_role);
      end if;
    end loop;
    -- Hints for consoles, as in 2026-11-24_14_console_changes.sql.
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
