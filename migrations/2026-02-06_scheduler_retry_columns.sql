-- Retries (rules J4, J5).

alter table scheduled_jobs add column if not exists max_retries integer not null default 3;
alter table scheduled_jobs add column if not exists last_error text;
alter table scheduled_job_runs add column if not exists attempt_number integer not null default 1;
