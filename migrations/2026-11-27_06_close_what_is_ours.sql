-- Where another program keeps none of the tables that we share with it, they are ours, and are closed to `anon` and `authenticated` as the
-- rest of ours is (2026-11-23_06_restrict_public_roles.sql). A table that was there before our first file, that has rows, or that somebody
-- has written a policy for, stays as it is: "pm doctor" names those that are open.

do $$
declare
  our_table text;
  public_role text;
  has_rows boolean;
begin
  for our_table in
    select c.relname
    from pg_class c
    where c.oid in (
        to_regclass('organizations'), to_regclass('brands'), to_regclass('scheduled_jobs'), to_regclass('scheduled_job_runs'),
        to_regclass('brand_ad_accounts'), to_regclass('meta_ads_performance'), to_regclass('dataset_status')
      )
      and c.relkind = 'r'
      and pg_has_role(current_user, c.relowner, 'usage')
      -- The record of migrations is made before the first of them, and what is made later has a higher number.
      and c.oid > 'pipeline_migrations'::regclass
      and not exists (select from pg_policy p where p.polrelid = c.oid)
  loop
    execute format('select exists (select from %I)', our_table) into has_rows;
    continue when has_rows;
    foreach public_role in array array['anon', 'authenticated'] loop
      if exists (select from pg_roles where rolname = public_role) then
        execute format('alter table %I enable row level security', our_table);
        execute format('revoke all on %I from %I', our_table, public_role);
      end if;
    end loop;
  end loop;
end
$$;
