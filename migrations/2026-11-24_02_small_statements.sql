-- Whatever a claim carries along costs most after a pause, when the server's caches have gone cold. Two things leave it.

-- J10, overlap `skip`: whether work with the concurrency key of a job ended after the job fell due. Then the key was busy at
-- that instant, or the work has been done since. A function, so that only jobs with this policy pay for its three questions;
-- in the claim itself every claim set up three more looks into indexes.
create or replace function scheduled_jobs_overtaken(job scheduled_jobs) returns boolean language plpgsql stable as $$
begin
  if job.overlap_policy <> 'skip' or job.schedule_type <> 'recurring' or coalesce(job.next_attempt, 1) <> 1 then
    return false;
  end if;
  if job.concurrency_key is not null then
    return coalesce(job.next_run_at < (
      select max(other.last_run_finished_at) from scheduled_jobs other
      where other.concurrency_key = job.concurrency_key
    ), false);
  end if;
  if job.brand_id is null then
    return coalesce(job.next_run_at < (
      select max(other.last_run_finished_at) from scheduled_jobs other
      where other.brand_id is null and other.job_type = job.job_type and other.concurrency_key is null
    ), false);
  end if;
  return coalesce(job.next_run_at < (
    select max(other.last_run_finished_at) from scheduled_jobs other
    where other.brand_id = job.brand_id and other.job_type = job.job_type and other.concurrency_key is null
  ), false);
end
$$;

-- Every statement that touches a job reads the definition of each of its check constraints again (measured: 5 % of a claim).
-- A trigger looks only at new jobs and at those whose values are edited, which no claim and no end of a run does. It
-- refuses the same values with the same code and the same names. (What an index could not take, and the status, which a claim
-- relies on, keep their constraints: those are checked before a row is written anywhere.)
create or replace function scheduled_jobs_refuse() returns trigger language plpgsql as $$
declare
  refused text := case
    when new.priority not between 0 and 3 then 'priority'
    when new.overlap_policy not in ('queue', 'skip') then 'overlap_policy'
    when new.catch_up_policy not in ('latest', 'skip') then 'catch_up_policy'
    when new.timeout_minutes not between 1 and 1440 then 'timeout'
    when new.trigger_source not in ('scheduled', 'manual', 'api') then 'trigger_source'
  end;
begin
  if refused is null then
    return null;
  end if;
  raise exception 'new row for relation "scheduled_jobs" violates check constraint "scheduled_jobs_%_check"', refused
    using errcode = 'check_violation', schema = tg_table_schema, table = tg_table_name,
      constraint = 'scheduled_jobs_' || refused || '_check';
end
$$;

drop trigger if exists scheduled_jobs_refuse on scheduled_jobs;
create trigger scheduled_jobs_refuse after insert or update of
  priority, overlap_policy, catch_up_policy, timeout_minutes, trigger_source
  on scheduled_jobs for each row execute function scheduled_jobs_refuse();

alter table scheduled_jobs drop constraint if exists scheduled_jobs_priority_check;
alter table scheduled_jobs drop constraint if exists scheduled_jobs_overlap_policy_check;
alter table scheduled_jobs drop constraint if exists scheduled_jobs_catch_up_policy_check;
alter table scheduled_jobs drop constraint if exists scheduled_jobs_timeout_check;
alter table scheduled_jobs drop constraint if exists scheduled_jobs_trigger_source_check;
