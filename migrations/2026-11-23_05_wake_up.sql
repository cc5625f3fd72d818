-- Hints for agents (J1): polling is the guarantee, these only make it quick. Per statement, so that 20,000 inserted rows
-- are one notification; silent on an agent's own connections, which know what they wrote (a NOTIFY on every commit
-- serialises commits: measured at less than half the rate).

create or replace function pipeline_manager_wake_inserted() returns trigger language plpgsql as $$
begin
  -- Agents look ahead by half a minute anyway; only work that is due sooner needs a hint.
  if exists (
    select from inserted where status = 'active' and next_run_at <= now() + interval '1 minute'
  ) then
    perform pg_notify('pipeline_manager', 'jobs');
  end if;
  -- A recurring job that nobody planned: an agent computes its first run.
  if exists (
    select from inserted where status = 'active' and schedule_type = 'recurring' and next_run_at is null
  ) then
    perform pg_notify('pipeline_manager', 'plan');
  end if;
  return null;
end
$$;

create or replace function pipeline_manager_wake() returns trigger language plpgsql as $$
begin
  perform pg_notify('pipeline_manager', tg_argv[0]);
  return null;
end
$$;

drop trigger if exists scheduled_jobs_wake_inserted on scheduled_jobs;
create trigger scheduled_jobs_wake_inserted after insert on scheduled_jobs
  referencing new table as inserted for each statement
  when (current_setting('pipeline_manager.agent', true) is distinct from 'on')
  execute function pipeline_manager_wake_inserted();

drop trigger if exists scheduled_jobs_wake_updated on scheduled_jobs;
create trigger scheduled_jobs_wake_updated after update of next_run_at, status on scheduled_jobs
  for each statement
  when (current_setting('pipeline_manager.agent', true) is distinct from 'on')
  execute function pipeline_manager_wake('jobs');

drop trigger if exists scheduled_job_runs_wake_cancel on scheduled_job_runs;
create trigger scheduled_job_runs_wake_cancel after update of cancel_requested_at on scheduled_job_runs
  for each statement execute function pipeline_manager_wake('cancel');
