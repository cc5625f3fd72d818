-- What Run History is filtered by. None of these columns is changed by a success, so completions stay heap-only updates.

-- Retries, and runs that a person or a program asked for: few, so nearly every run costs nothing here.
create index if not exists scheduled_job_runs_retry on scheduled_job_runs (started_at desc, id desc)
  where attempt_number > 1;
create index if not exists scheduled_job_runs_asked on scheduled_job_runs (started_at desc, id desc)
  where trigger_source <> 'scheduled';
-- One entry for each run of an agent. Without it, an agent that ran little or long ago costs a walk through all runs (measured:
-- 400 ms and more of a million, instead of 0.5 ms).
create index if not exists scheduled_job_runs_agent on scheduled_job_runs (agent_id, started_at desc, id desc)
  where agent_id is not null;

-- Other programs know nothing of `problem`, by which runs that need attention are found. The condition is true for their rows
-- alone, and only when one of them ends badly.
create or replace function scheduled_job_runs_foreign_problem() returns trigger language plpgsql as $$
begin
  update scheduled_job_runs run
  set problem = case when new.status in ('failed', 'cancelled') then new.status end
  where run.id = new.id;
  return null;
end
$$;

drop trigger if exists scheduled_job_runs_foreign_problem on scheduled_job_runs;
create trigger scheduled_job_runs_foreign_problem after insert or update of status on scheduled_job_runs
  for each row when (
    new.agent_id is null and (
      new.problem is null and new.status in ('failed', 'cancelled')
      or new.problem in ('failed', 'cancelled') and new.status not in ('failed', 'cancelled')
    )
  )
  execute function scheduled_job_runs_foreign_problem();

update scheduled_job_runs set problem = status
where problem is null and status in ('failed', 'cancelled') and agent_id is null;
