-- "Start nothing for this brand (or type, or everybody) until then, because": jobs keep their rows as they are, and claims ask here.

create table if not exists holds (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references organizations (id) on delete cascade,
  -- Null = all brands of the organization.
  brand_id uuid references brands (id) on delete cascade,
  -- Null = all job types.
  job_type text,
  starts_at timestamptz not null default now(),
  -- Null = until somebody ends it.
  ends_at timestamptz,
  reason text not null
    constraint holds_reason_check check (reason <> ''),
  created_by text not null,
  created_at timestamptz not null default now(),
  changed_by text not null,
  changed_at timestamptz not null default now(),
  -- By hand; one that is over by its time has none.
  ended_by text,
  ended_at timestamptz,
  constraint holds_times_check check (ends_at is null or ends_at > starts_at)
);

-- Asked by every claim: a hold that is over costs it nothing.
create index if not exists holds_not_over on holds ((coalesce(ends_at, 'infinity'::timestamptz))) where ended_at is null;
create index if not exists holds_organization on holds (organization_id, created_at desc);

-- Agents look again: what is due may wait for something else now, or for nothing.
drop trigger if exists holds_wake on holds;
create trigger holds_wake after insert or update or delete or truncate on holds
  for each statement execute function pipeline_manager_wake('jobs');

drop trigger if exists holds_changed on holds;
create trigger holds_changed after insert or update or delete or truncate on holds
  for each statement
  when (current_setting('pipeline_manager.agent', true) is distinct from 'on')
  execute function pipeline_manager_changed('holds,jobs');

do $$
declare
  public_role text;
begin
  foreach public_role in array array['anon', 'authenticated'] loop
    if exists (select from pg_roles where rolname = public_role) then
      execute 'alter table holds enable row level security';
      execute format('revoke all on holds from %I', public_role);
    end if;
  end loop;
end
$$;
