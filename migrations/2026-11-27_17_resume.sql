-- A run that goes on where another one failed, and what a person decided about a run of which nobody knows whether it did its work.

-- Which run the job goes on with, and at which step. A name and a wish: what runs is decided by the agent's own file, which also has to allow it.
-- No foreign key: the name stays when the run is no longer kept. Null in the common case, so no index names it.
alter table scheduled_jobs
  add column if not exists continues_run_id uuid,
  add column if not exists continues_at_step text;
comment on column scheduled_jobs.continues_run_id is 'The run whose steps before continues_at_step are not done once more; null = the work begins at its beginning';
comment on column scheduled_jobs.continues_at_step is 'The key of the step to begin with; what the run has done before it is skipped';

alter table scheduled_job_runs
  add column if not exists continues_run_id uuid,
  add column if not exists decision jsonb;
comment on column scheduled_job_runs.continues_run_id is 'The run that this one goes on with; null = it began at the beginning';
comment on column scheduled_job_runs.decision is
  'Of a run with problem outcome_unknown: what a person found out, {"outcome": "done" | "not_done", "by", "at", "doneAt", "note", "records"}; null = nobody has said';
