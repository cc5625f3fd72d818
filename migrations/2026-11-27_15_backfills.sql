-- Days that are run once more: a backfill is the one-time jobs that were made for its days, and this says what was asked for.

create table if not exists backfills (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references organizations (id) on delete cascade,
  brand_id uuid not null references brands (id) on delete cascade,
  job_type text not null,
  -- Both included; days without a zone, as the parameters of the jobs have them.
  first_day date not null,
  last_day date not null,
  days_per_run integer not null
    constraint backfills_days_per_run_check check (days_per_run between 1 and 366),
  newest_first boolean not null default false,
  -- Days that had a completed run were left out.
  only_missing boolean not null default false,
  -- It has a concurrency key of its own; else it takes turns with all other runs of its brand and job type.
  is_beside boolean not null default false,
  -- How many jobs were made for it, also when housekeeping has taken some away.
  runs integer not null
    constraint backfills_runs_check check (runs > 0),
  -- The parameters that say no days.
  parameters jsonb not null default '{}',
  requested_by text not null,
  created_at timestamptz not null default now(),
  -- What had not begun then was called off.
  cancelled_at timestamptz,
  cancelled_by text,
  constraint backfills_days_check check (last_day >= first_day)
);

create index if not exists backfills_organization on backfills (organization_id, created_at desc);
create index if not exists backfills_brand on backfills (brand_id);

-- Never changed once the job is there, so that an update of the job touches no index for it.
alter table scheduled_jobs add column if not exists backfill_id uuid references backfills (id) on delete set null;
create index if not exists scheduled_jobs_backfill on scheduled_jobs (backfill_id) where backfill_id is not null;
comment on column scheduled_jobs.backfill_id is 'The backfill that the job is one run of; null = of none';

drop trigger if exists backfills_changed on backfills;
create trigger backfills_changed after insert or update or delete or truncate on backfills
  for each statement
  when (current_setting('pipeline_manager.agent', true) is distinct from 'on')
  execute function pipeline_manager_changed('jobs');

do $$
declare
  public_role text;
begin
  foreach public_role in array array['anon', 'authenticated'] loop
    if exists (select from pg_roles where rolname = public_role) then
      execute 'alter table backfills enable row level security';
      execute format('revoke all on backfills from %I', public_role);
    end if;
  end loop;
end
$$;
