-- Which run the next attempt of a job goes on with is said where the attempt is planned: what was walked back from run to run took a fire for the
-- repetition of work that somebody had called off or corrected meanwhile. Null in the common case, and no index names it; no foreign key,
-- because it is a name for other services, and stays one when the run is no longer kept.
alter table scheduled_jobs add column if not exists first_run_id uuid;
comment on column scheduled_jobs.first_run_id is
  'The run with which the work was first tried that the run in progress, or else the next one, goes on with; null = that run begins work of its own';

-- Attempts that are planned or under way while this is applied keep the name that their work has.
with recursive attempt as (
  select job.id as job_id, run.id, run.started_at, run.attempt_number, run.parameters, job.current_run_id is null as is_planned, 1 as depth
  from scheduled_jobs job
  join scheduled_job_runs run on run.id = coalesce(job.current_run_id, job.last_run_id)
  where job.first_run_id is null and run.started_at is not null
    and case
      when job.current_run_id is not null then true
      when job.next_run_at is null or coalesce(run.parameters, '{}') <> coalesce(job.parameters, '{}') then false
      when run.problem in ('released', 'snoozed') then job.next_attempt = 0 or job.next_attempt = run.attempt_number and run.attempt_number > 1
      else run.status = 'failed' and job.next_attempt = run.attempt_number + 1
    end
  union all
  select attempt.job_id, earlier.id, earlier.started_at, earlier.attempt_number, earlier.parameters, attempt.is_planned, attempt.depth + 1
  from attempt
  cross join lateral (
    select run.*
    from scheduled_job_runs run
    where run.scheduled_job_id = attempt.job_id and run.started_at is not null
      and (run.started_at, run.id) < (attempt.started_at, attempt.id)
    order by run.started_at desc, run.id desc
    limit 1
  ) earlier
  where coalesce(earlier.parameters, '{}') = coalesce(attempt.parameters, '{}') and (
    (earlier.problem in ('released', 'snoozed') and earlier.attempt_number = attempt.attempt_number)
    or (earlier.status = 'failed' and earlier.attempt_number = attempt.attempt_number - 1)
  )
), first as (
  select distinct on (job_id) job_id, id, is_planned or depth > 1 as is_continued from attempt order by job_id, depth desc
)
update scheduled_jobs job
set first_run_id = first.id
from first
where job.id = first.job_id and first.is_continued;
