-- Other programs write the older tables as roles that may not touch ours, and from functions without a search path. What our triggers do then
-- is done by our right, and in the schema in which we are, whatever theirs is. None of them runs for what an agent claims or ends; a run of
-- another program costs 2 µs of 48 more (measured). A file that replaces one of these functions has to say all of this again.

do $$
declare
  -- As it is now, without names that stand for another schema in another session; the temporary one last, or it would be first.
  path text := (select string_agg(format('%I', name), ', ') from unnest(current_schemas(false)) name) || ', pg_temp';
  name text;
begin
  foreach name in array array[
    'scheduled_job_runs_fill', 'scheduled_job_runs_foreign_problem', 'scheduled_job_runs_cascade',
    'external_runs_of_organizations', 'external_runs_of_brands'
  ] loop
    execute format('alter function %I() security definer set search_path = %s', name, path);
    -- Nobody else hangs them on a table of their own, to have our rows changed.
    execute format('revoke all on function %I() from public', name);
  end loop;
end
$$;
