-- On a server that exposes tables to the roles `anon` and `authenticated`, our own tables are closed to them:
-- row level security without a policy, and no grants.

do $$
declare
  our_table text;
  public_role text;
begin
  foreach our_table in array array[
    'run_steps', 'run_logs', 'dataset_status_history', 'agents', 'dataset_policies', 'organization_features',
    'operator_actions', 'incidents', 'notifications'
  ] loop
    foreach public_role in array array['anon', 'authenticated'] loop
      if exists (select from pg_roles where rolname = public_role) then
        execute format('alter table %I enable row level security', our_table);
        execute format('revoke all on %I from %I', our_table, public_role);
      end if;
    end loop;
  end loop;
end
$$;
