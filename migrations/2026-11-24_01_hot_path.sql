-- What every claim and every end of a run pays for, once per statement and once per row (docs/performance.md).

-- The key of a job is an expression now. A generated column is computed for every new version of a row, and every statement
-- parses its definition again. The index does the same work only for a job that starts to run.
drop index if exists scheduled_jobs_running;
alter table scheduled_jobs drop column if exists effective_concurrency_key;

-- Two agents that claim two jobs of one key at the same instant: the second gets a unique violation and tries again.
create unique index if not exists scheduled_jobs_running on scheduled_jobs (
  coalesce(concurrency_key, (coalesce(brand_id::text, 'platform') || ':') || job_type::text)
) where current_run_id is not null;

-- A run is written twice, and its end is about twice as long as its start. Room for it on the same page keeps the end a
-- heap-only update: without it a third of the ends went to another page and into six indexes again.
alter table scheduled_job_runs set (fillfactor = 40);
alter table dataset_status set (fillfactor = 70);
