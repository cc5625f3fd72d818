-- Who asked for a job, and the archived status. An older check on the status column is replaced by the wider one,
-- whatever its name; rows that break even the wider one are kept (the check is then left unvalidated).

alter table scheduled_jobs add column if not exists trigger_source text not null default 'scheduled';

alter table scheduled_jobs drop constraint if exists scheduled_jobs_trigger_source_check;
alter table scheduled_jobs add constraint scheduled_jobs_trigger_source_check
  check (trigger_source in ('scheduled', 'manual', 'api')) not valid;

do $$
declare
  old_check record;
begin
  for old_check in
    select c.conname
    from pg_constraint c
    join pg_attribute a on a.attrelid = c.conrelid and a.attnum = any (c.conkey)
    where c.conrelid = 'scheduled_jobs'::regclass and c.contype = 'c' and a.attname = 'status'
  loop
    execute format('alter table scheduled_jobs drop constraint %I', old_check.conname);
  end loop;

  alter table scheduled_jobs add constraint scheduled_jobs_status_check
    check (status in ('active', 'paused', 'completed', 'archived')) not valid;

  if not exists (
    select from scheduled_jobs where status is null or status not in ('active', 'paused', 'completed', 'archived')
  ) then
    alter table scheduled_jobs validate constraint scheduled_jobs_status_check;
  end if;
end
$$;
