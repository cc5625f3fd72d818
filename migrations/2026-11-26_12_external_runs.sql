-- Runs of other programs (J14): what they told through an intake (OpenLineage, pings, dbt). Messages come in any order and more than once;
-- a row is what all of them together say (shared/external-runs.ts), so it is the same whatever the order was.

create table if not exists external_runs (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references organizations (id) on delete cascade,
  source text not null
    constraint external_runs_source_check check (source in ('lineage', 'ping', 'dbt')),
  -- The program's own name for the run, and for the run it is a step of; that one may be known by nothing else.
  run_key text not null,
  parent_key text,
  producer text not null,
  job_namespace text not null,
  job_name text not null,
  -- Null: nobody has said yet how it goes.
  status text
    constraint external_runs_status_check check (status in ('running', 'completed', 'failed', 'cancelled')),
  -- Times of the messages, by the clock of their sender: of any, and of those that say that it runs.
  first_event_at timestamptz not null,
  last_event_at timestamptz not null,
  started_at timestamptz,
  running_at timestamptz,
  completed_at timestamptz,
  -- The interval of data it is about; a past one is a backfill.
  nominal_start_at timestamptz,
  nominal_end_at timestamptz,
  records_affected bigint,
  error_message text,
  log text,
  log_at timestamptz,
  -- By name: what was said last, and when it was said.
  facts jsonb not null default '{}',
  -- What it refreshes, where that is known; one of several.
  brand_id uuid references brands (id) on delete set null,
  dataset_key text,
  received_at timestamptz not null default now(),
  constraint external_runs_run_key unique (organization_id, source, run_key)
) with (fillfactor = 70);

-- The history of an organization, and the steps of a run.
create index if not exists external_runs_list on external_runs (organization_id, first_event_at desc, id desc);
create index if not exists external_runs_parent on external_runs (organization_id, source, parent_key)
  where parent_key is not null;
-- For housekeeping.
create index if not exists external_runs_received on external_runs (received_at, id);

-- Which dataset of which brand another program means by a name. `*` stands for anything.
create table if not exists lineage_mappings (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references organizations (id) on delete cascade,
  namespace text not null,
  name text not null,
  brand_id uuid not null references brands (id) on delete cascade,
  dataset_key text not null,
  changed_at timestamptz not null default now(),
  changed_by text not null,
  constraint lineage_mappings_pattern unique (organization_id, namespace, name)
);

-- Datasets that somebody says to have written, mapped or not: a mapping that is made later applies what was said last.
create table if not exists lineage_datasets (
  organization_id uuid not null references organizations (id) on delete cascade,
  namespace text not null,
  name text not null,
  producer text not null,
  job_namespace text not null,
  job_name text not null,
  first_seen_at timestamptz not null default now(),
  -- Of the newest message about it.
  last_event_at timestamptz not null,
  status text
    constraint lineage_datasets_status_check check (status in ('running', 'completed', 'failed')),
  attempt_at timestamptz,
  error_message text,
  success_at timestamptz,
  records_affected bigint,
  -- What was said of the dataset itself, without a run, and when.
  facets jsonb not null default '{}',
  facets_at timestamptz,
  primary key (organization_id, namespace, name)
) with (fillfactor = 70);

-- Jobs that were described without a run.
create table if not exists lineage_jobs (
  organization_id uuid not null references organizations (id) on delete cascade,
  namespace text not null,
  name text not null,
  producer text not null,
  facets jsonb not null,
  facets_at timestamptz not null,
  primary key (organization_id, namespace, name)
);

-- A token that may feed the intakes and nothing else.
alter table api_tokens drop constraint if exists api_tokens_scope_check;
alter table api_tokens
  add constraint api_tokens_scope_check check (scope in ('read', 'operate', 'admin', 'ingest'));

do $$
declare
  public_role text;
  our_table text;
begin
  foreach our_table in array array['external_runs', 'lineage_mappings', 'lineage_datasets', 'lineage_jobs'] loop
    foreach public_role in array array['anon', 'authenticated'] loop
      if exists (select from pg_roles where rolname = public_role) then
        execute format('alter table %I enable row level security', our_table);
        execute format('revoke all on %I from %I', our_table, public_role);
      end if;
    end loop;
    -- Hints for consoles, as in 2026-11-24_14_console_changes.sql.
    execute format('drop trigger if exists %I on %I', our_table || '_changed', our_table);
    execute format(
      'create trigger %I after insert or update or delete or truncate on %I for each statement
        when (current_setting(''pipeline_manager.agent'', true) is distinct from ''on'')
        execute function pipeline_manager_changed(''runs'')',
      our_table || '_changed', our_table
    );
  end loop;
end
$$;
