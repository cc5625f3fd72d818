-- What the marketing pipelines keep beside Meta's rows: what a run made for people to read, the pages that ads lead to, ads of others,
-- what to search them by, and what was measured of a dataset itself.

-- Files a run made, small ones: a report, the figures behind it. They go with their run.
create table if not exists run_artifacts (
  run_id uuid not null,
  -- A file name: `scorecard.json`.
  name text not null,
  media_type text not null,
  content text not null,
  created_at timestamptz not null default now(),
  primary key (run_id, name)
);

create or replace function scheduled_job_runs_cascade() returns trigger language plpgsql as $$
begin
  delete from run_logs line using gone where line.run_id = gone.id;
  delete from run_steps step using gone where step.run_id = gone.id;
  delete from run_artifacts artifact using gone where artifact.run_id = gone.id;
  return null;
end
$$;

-- One row per brand and page, as it was when it was fetched last.
create table if not exists landing_pages (
  brand_id uuid not null references brands (id) on delete cascade,
  -- As ads have it, without what is behind `#`; at most 2,000 characters, all ASCII.
  url text not null,
  outcome text not null
    constraint landing_pages_outcome_check check (outcome in ('fetched', 'not_allowed', 'refused', 'failed')),
  -- Of the last answer; null = there was none.
  status integer,
  -- Where redirects led.
  final_url text,
  title text,
  content_type text,
  sha256 text,
  bytes bigint,
  -- Why there is nothing to show; null when it was fetched.
  problem text,
  ads integer not null,
  first_seen_at timestamptz not null default now(),
  checked_at timestamptz not null default now(),
  -- When its content last was another one.
  changed_at timestamptz,
  primary key (brand_id, url)
);

-- What to search Meta's Ad Library for.
create table if not exists brand_library_searches (
  id uuid primary key default gen_random_uuid(),
  brand_id uuid not null references brands (id) on delete cascade,
  -- Words, empty when pages are named.
  terms text not null,
  page_ids text[] not null default '{}',
  -- ISO 3166-1 alpha-2.
  countries text[] not null,
  created_at timestamptz not null default now(),
  created_by text not null,
  constraint brand_library_searches_something_check check (terms <> '' or cardinality(page_ids) > 0),
  constraint brand_library_searches_countries_check check (cardinality(countries) > 0),
  unique (brand_id, terms, page_ids, countries)
);

-- Ads of others that the searches of a brand have found.
create table if not exists library_ads (
  brand_id uuid not null references brands (id) on delete cascade,
  library_ad_id text not null,
  page_id text,
  page_name text,
  -- Its texts: {"bodies": [], "titles": []}.
  content jsonb not null,
  platforms text[] not null default '{}',
  languages text[] not null default '{}',
  started_on date,
  -- Null while it runs.
  stopped_on date,
  first_seen_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  changed_at timestamptz not null default now(),
  -- For how many days it ran, as far as it was seen: an ad that somebody pays for so long works.
  longevity_days integer not null default 0,
  primary key (brand_id, library_ad_id)
);

-- What a probe measured of a dataset, last; one row for each.
create table if not exists dataset_probes (
  brand_id uuid not null references brands (id) on delete cascade,
  dataset_key text not null,
  probed_at timestamptz not null,
  -- Of the newest row at the source; null = none, or not asked for.
  latest_at timestamptz,
  row_count bigint,
  -- When what it measured last was different from before.
  moved_at timestamptz,
  -- The success after which it was measured, when that was, and whether anything had moved since the measurement after the success
  -- before it; null = nothing to compare with.
  success_at timestamptz,
  success_measured_at timestamptz,
  moved boolean,
  -- Why it could not be measured; the rest is then of the time before.
  problem text,
  agent_id uuid,
  primary key (brand_id, dataset_key)
);

-- People choose what is searched for; what runs write is told by their end.
drop trigger if exists brand_library_searches_changed on brand_library_searches;
create trigger brand_library_searches_changed
  after insert or update or delete or truncate on brand_library_searches
  for each statement
  when (current_setting('pipeline_manager.agent', true) is distinct from 'on')
  execute function pipeline_manager_changed('brands');

do $$
declare
  public_role text;
  our_table text;
begin
  foreach our_table in array array[
    'run_artifacts', 'landing_pages', 'brand_library_searches', 'library_ads', 'dataset_probes'
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
