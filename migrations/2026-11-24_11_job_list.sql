-- What the console's list of jobs shows first: jobs that wait for another attempt, and those that nothing is planned for. Both are
-- rare, so these indexes stay small, and a run that goes well writes to neither: after a claim the job has a current run, after
-- a success it has a next run and attempt 1.

create index if not exists scheduled_jobs_retrying on scheduled_jobs (next_run_at, id)
  where status = 'active' and next_attempt > 1 and next_run_at is not null and current_run_id is null;

create index if not exists scheduled_jobs_unplanned on scheduled_jobs (id)
  where status = 'active' and next_run_at is null and current_run_id is null;
