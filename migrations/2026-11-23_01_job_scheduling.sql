-- What scheduling needs on a job: zone, priority, policies, and the run that holds it now.
-- A row inserted with only the older columns gets working defaults.

alter table scheduled_jobs
  -- IANA name; null = written by an older program, which meant America/Los_Angeles (J13)
  add column if not exists time_zone text,
  -- 0 low, 1 normal, 2 high, 3 urgent: few levels, so that the claim can look at each level's own due rows
  add column if not exists priority smallint not null default 1,
  -- null = the job type's own limit
  add column if not exists timeout_minutes integer,
  -- null = brand and job type
  add column if not exists concurrency_key text,
  add column if not exists overlap_policy text not null default 'queue',
  add column if not exists catch_up_policy text not null default 'latest',
  -- grows with every edit by a person; an edit that names an older version is a conflict
  add column if not exists version integer not null default 1,
  add column if not exists requested_by text,
  -- the run that holds this job; null = nothing runs (J2, J3)
  add column if not exists current_run_id uuid,
  -- the attempt number of the next claim; null = look at the last run (J4)
  add column if not exists next_attempt integer,
  -- what a list needs without a join
  add column if not exists last_run_id uuid,
  add column if not exists last_run_status text,
  add column if not exists last_run_finished_at timestamptz,
  add column if not exists last_run_duration_ms bigint;

alter table scheduled_jobs
  add column if not exists effective_concurrency_key text generated always as (
    coalesce(concurrency_key, coalesce(brand_id::text, 'platform') || ':' || job_type::text)
  ) stored;

alter table scheduled_jobs drop constraint if exists scheduled_jobs_priority_check;
alter table scheduled_jobs add constraint scheduled_jobs_priority_check check (priority between 0 and 3);
alter table scheduled_jobs drop constraint if exists scheduled_jobs_overlap_policy_check;
alter table scheduled_jobs add constraint scheduled_jobs_overlap_policy_check check (overlap_policy in ('queue', 'skip'));
alter table scheduled_jobs drop constraint if exists scheduled_jobs_catch_up_policy_check;
alter table scheduled_jobs add constraint scheduled_jobs_catch_up_policy_check
  check (catch_up_policy in ('latest', 'skip'));
alter table scheduled_jobs drop constraint if exists scheduled_jobs_timeout_check;
alter table scheduled_jobs add constraint scheduled_jobs_timeout_check check (timeout_minutes between 1 and 1440);

-- Bad input 32: a key that no index takes would make every claim fail that meets it, for every agent.
alter table scheduled_jobs drop constraint if exists scheduled_jobs_concurrency_key_check;
alter table scheduled_jobs add constraint scheduled_jobs_concurrency_key_check
  check (length(concurrency_key) between 1 and 255);

-- The claim reads this in order, one priority level after the other. Not deduplicated: many jobs fall due at one instant,
-- and entries of claimed jobs can be marked dead (and skipped) one by one only when each is an entry of its own.
create index if not exists scheduled_jobs_due on scheduled_jobs (priority, next_run_at) with (deduplicate_items = off)
  where status = 'active' and next_run_at is not null;

-- Two agents that claim two jobs of one key at the same instant: the second gets a unique violation and tries again.
create unique index if not exists scheduled_jobs_running on scheduled_jobs (effective_concurrency_key)
  where current_run_id is not null;

-- Who shares a key of their own, for the overlap policy.
create index if not exists scheduled_jobs_concurrency_key on scheduled_jobs (concurrency_key)
  where concurrency_key is not null;

create index if not exists scheduled_jobs_brand on scheduled_jobs (brand_id, job_type);
