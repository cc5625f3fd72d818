-- Pings: addresses that programs elsewhere call when a job of theirs begins, ends or fails. A check belongs to one dataset of one brand.
--
-- Addresses and keys are kept as they are: a console that cannot show the address again is of little use, and whoever has one may do
-- nothing but say how that one job went. They are read by calls of their own, never by a list, and can be made anew.

create table if not exists ping_keys (
  brand_id uuid primary key references brands (id) on delete cascade,
  organization_id uuid not null references organizations (id) on delete cascade,
  -- In addresses that name a check by its slug: `/ping/<key>/<slug>`.
  key text not null unique,
  changed_at timestamptz not null default now(),
  changed_by text not null
);

create table if not exists ping_checks (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references organizations (id) on delete cascade,
  brand_id uuid not null references brands (id) on delete cascade,
  dataset_key text not null,
  name text not null,
  slug text not null,
  -- In its address: `/ping/<code>`.
  code uuid not null default gen_random_uuid() unique,
  period_seconds integer,
  cron_expression text,
  time_zone text,
  grace_seconds integer not null,
  resumes_by_hand boolean not null default false,
  -- The maximum age that this check gave its dataset; null: somebody else's holds.
  policy_hours numeric(8, 2),
  changed_at timestamptz not null default now(),
  changed_by text not null,
  removed_at timestamptz,
  -- What pings said, as shared/pings/check.ts has it.
  status text not null default 'new'
    constraint ping_checks_status_check check (status in ('new', 'up', 'down', 'paused')),
  last_ping_at timestamptz,
  last_duration_ms bigint,
  open_runs jsonb not null default '[]',
  pings bigint not null default 0,
  -- Of a run that nobody knows of.
  last_log text,
  constraint ping_checks_schedule_check check (
    (period_seconds is null) = (cron_expression is not null and time_zone is not null)
  )
) with (fillfactor = 70);

-- Two checks would tell two stories of one dataset. A slug may be there twice; it is then refused as ambiguous.
create unique index if not exists ping_checks_dataset on ping_checks (brand_id, dataset_key) where removed_at is null;
create index if not exists ping_checks_slug on ping_checks (brand_id, slug) where removed_at is null;
create index if not exists ping_checks_organization on ping_checks (organization_id);

-- The last runs that other programs told of a dataset.
create index if not exists external_runs_dataset on external_runs (brand_id, dataset_key, first_event_at desc, id desc)
  where brand_id is not null;

do $$
declare
  public_role text;
  our_table text;
begin
  foreach our_table in array array['ping_keys', 'ping_checks'] loop
    foreach public_role in array array['anon', 'authenticated'] loop
      if exists (select from pg_roles where rolname = public_role) then
        execute format('alter table %I enable row level security', our_table);
        execute format('revoke all on %I from %I', our_table, public_role);
      end if;
    end loop;
  end loop;
end
$$;

-- Hints for consoles, as in 2026-11-24_14_console_changes.sql. What pings change is told by the status of the dataset.
drop trigger if exists ping_checks_changed on ping_checks;
create trigger ping_checks_changed
  after insert or delete or truncate or update of changed_at, removed_at, code on ping_checks for each statement
  when (current_setting('pipeline_manager.agent', true) is distinct from 'on')
  execute function pipeline_manager_changed('policies');
