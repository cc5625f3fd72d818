-- "When this dataset of the brand is refreshed, run that": looked at by the leader, so that nothing hangs on the tables of the hot path.

create table if not exists dataset_triggers (
  id uuid primary key default gen_random_uuid(),
  brand_id uuid not null references brands (id) on delete cascade,
  dataset_key text not null,
  -- The job whose type, parameters and rules count when it fires. No foreign key: a trigger outlives its job and says that it is gone.
  job_id uuid,
  job_type text not null,
  -- Where there is no job.
  parameters jsonb not null default '{}',
  debounce_seconds integer not null default 60
    constraint dataset_triggers_debounce_check check (debounce_seconds between 0 and 86400),
  -- Null = it works.
  paused_at timestamptz,
  -- Why it paused itself; null where a person did.
  paused_because text,
  -- The success that was dealt with last; what is older, or was there before the trigger, fires nothing.
  fired_for timestamptz not null default now(),
  -- When the refreshes that have been seen since are dealt with; null = there are none.
  due_at timestamptz,
  last_fired_at timestamptz,
  last_outcome text
    constraint dataset_triggers_outcome_check check (last_outcome in ('queued', 'skipped', 'stopped')),
  last_reason text,
  -- The one-time job that was queued last.
  last_job_id uuid,
  -- The bound against loops: how often it has fired since when.
  hour_began_at timestamptz,
  fired_in_hour integer not null default 0,
  created_at timestamptz not null default now(),
  created_by text not null,
  changed_at timestamptz not null default now(),
  changed_by text not null
);

-- The same twice would run twice for each refresh.
create unique index if not exists dataset_triggers_once
  on dataset_triggers (brand_id, dataset_key, job_type, coalesce(job_id, '00000000-0000-0000-0000-000000000000'));

drop trigger if exists dataset_triggers_changed on dataset_triggers;
create trigger dataset_triggers_changed after insert or update or delete or truncate on dataset_triggers
  for each statement
  when (current_setting('pipeline_manager.agent', true) is distinct from 'on')
  execute function pipeline_manager_changed('triggers');

do $$
declare
  public_role text;
begin
  foreach public_role in array array['anon', 'authenticated'] loop
    if exists (select from pg_roles where rolname = public_role) then
      execute 'alter table dataset_triggers enable row level security';
      execute format('revoke all on dataset_triggers from %I', public_role);
    end if;
  end loop;
end
$$;
