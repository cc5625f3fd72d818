-- The record of a run: its steps and log lines, and the history of every dataset. Steps and lines are only ever written by
-- a statement that has their run in its hands, so there are no foreign keys to check for each row; what belongs to a run
-- goes with it by a trigger, once per statement.

create table if not exists run_steps (
  run_id uuid not null,
  position smallint not null,
  step_key text not null,
  status text not null
    constraint run_steps_status_check
    check (status in ('running', 'completed', 'failed', 'skipped', 'cancelled', 'unknown')),
  fatal boolean not null,
  dataset_key text,
  started_at timestamptz,
  completed_at timestamptz,
  records_affected bigint,
  progress_done bigint,
  progress_total bigint,
  error_message text,
  metadata jsonb not null default '{}',
  primary key (run_id, position)
);

create table if not exists run_logs (
  run_id uuid not null,
  -- 1, 2, 3, … within the run
  seq integer not null,
  logged_at timestamptz not null,
  level text not null,
  step_key text,
  message text not null,
  primary key (run_id, seq)
);

-- One row per result of a dataset (not per start): freshness over time, and uptime against its policy. The key makes a
-- repeated write harmless; results reported from outside carry a run id of their own and position 0. No foreign keys: each
-- result would lock the row of its brand. What a deleted brand leaves behind goes with the retention.
create table if not exists dataset_status_history (
  run_id uuid not null,
  step_position smallint not null,
  brand_id uuid not null,
  dataset_key text not null,
  happened_at timestamptz not null,
  status text not null
    constraint dataset_status_history_status_check check (status in ('completed', 'failed', 'unknown')),
  records_affected bigint,
  suspicious boolean not null default false,
  error_message text,
  primary key (run_id, step_position)
);

create index if not exists dataset_status_history_dataset
  on dataset_status_history (brand_id, dataset_key, happened_at desc);

-- Every agent that ever worked on this database, with what it can run and the public part of its catalog.
create table if not exists agents (
  id uuid primary key,
  name text not null,
  host text not null,
  process_id integer not null,
  program_version text not null,
  state text not null
    constraint agents_state_check check (state in ('running', 'draining', 'stopped')),
  job_types text[] not null default '{}',
  concurrency integer not null,
  catalog jsonb not null default '{}',
  started_at timestamptz not null default now(),
  heartbeat_at timestamptz not null default now(),
  stopped_at timestamptz
);

create index if not exists agents_heartbeat on agents (heartbeat_at desc);

create or replace function scheduled_job_runs_cascade() returns trigger language plpgsql as $$
begin
  delete from run_logs line using gone where line.run_id = gone.id;
  delete from run_steps step using gone where step.run_id = gone.id;
  return null;
end
$$;

drop trigger if exists scheduled_job_runs_cascade on scheduled_job_runs;
create trigger scheduled_job_runs_cascade after delete on scheduled_job_runs
  referencing old table as gone for each statement execute function scheduled_job_runs_cascade();
