-- Hints for consoles: which subject changed, whoever changed it. Per statement; equal hints of one transaction are one
-- notification. Silent on agents' own connections, which announce what they wrote a few times a second at most (a NOTIFY in
-- every commit serialises commits: see 2026-11-23_05_wake_up.sql). A statement that changes no row is told too: to know better,
-- every statement of the agents would have to collect its rows.

create or replace function pipeline_manager_changed() returns trigger language plpgsql as $$
begin
  perform pg_notify('pipeline_manager_changes', tg_argv[0]);
  return null;
end
$$;

do $$
declare
  watched record;
begin
  for watched in
    select * from (values
      ('scheduled_jobs', 'jobs'),
      ('scheduled_job_runs', 'runs'),
      ('dataset_status', 'datasets'),
      ('dataset_policies', 'policies'),
      ('organization_features', 'features'),
      ('organizations', 'brands'),
      ('brands', 'brands'),
      ('incidents', 'incidents')
    ) as watched (table_name, topic)
  loop
    execute format('drop trigger if exists %I on %I', watched.table_name || '_changed', watched.table_name);
    execute format(
      'create trigger %I after insert or update or delete or truncate on %I for each statement
        when (current_setting(''pipeline_manager.agent'', true) is distinct from ''on'')
        execute function pipeline_manager_changed(%L)',
      watched.table_name || '_changed', watched.table_name, watched.topic
    );
  end loop;
end
$$;

-- Agents write this table themselves and seldom: when one starts, drains and stops. Its heartbeats are not told.
drop trigger if exists agents_changed on agents;
create trigger agents_changed
  after insert or delete or truncate or update of name, state, job_types, concurrency, catalog on agents
  for each statement execute function pipeline_manager_changed('agents');
