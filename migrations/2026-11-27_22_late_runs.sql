-- After how many runs in a row that have failed for good the job is told as failing. Null, as older programs write it: after the first.
alter table scheduled_jobs
  add column if not exists alert_after integer
    constraint scheduled_jobs_alert_after_check check (alert_after between 1 and 20);
comment on column scheduled_jobs.alert_after is 'The incident run_failed opens when so many runs in a row have failed for good; null = 1';

-- Stale data whose jobs are held is expected: its incident is there, and told only when it outlives the hold.
alter table incidents
  add column if not exists quiet_until timestamptz;
comment on column incidents.quiet_until is 'Opened untold, because a hold keeps from running what refreshes it: when that may start again, infinity = nobody can say; null = told as ever';
