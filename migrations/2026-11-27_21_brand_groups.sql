-- Groups of brands: labels that a brand carries any number of, for views of some brands of an organization.

create table if not exists brand_groups (
  brand_id uuid not null references brands (id) on delete cascade,
  -- The name as all upper and lower cases of it have it in common; the program folds it, because servers differ in what they fold.
  group_key text not null,
  name text not null
    constraint brand_groups_name_check check (char_length(name) between 1 and 40),
  created_at timestamptz not null default now(),
  primary key (brand_id, group_key)
);

-- The brands of a group, from the index alone.
create index if not exists brand_groups_group on brand_groups (group_key, brand_id);

drop trigger if exists brand_groups_changed on brand_groups;
create trigger brand_groups_changed after insert or update or delete or truncate on brand_groups
  for each statement
  when (current_setting('pipeline_manager.agent', true) is distinct from 'on')
  execute function pipeline_manager_changed('brands');

do $$
declare
  public_role text;
begin
  foreach public_role in array array['anon', 'authenticated'] loop
    if exists (select from pg_roles where rolname = public_role) then
      execute 'alter table brand_groups enable row level security';
      execute format('revoke all on brand_groups from %I', public_role);
    end if;
  end loop;
end
$$;
