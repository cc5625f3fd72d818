-- What meta_sync keeps beside meta_ads_performance: the accounts' money and time zone, ads and what they show, the files that were
-- downloaded, and what a run has fetched but not saved yet.

-- Sums over rows in different currencies mean nothing, so every row says which it is in. Null: from an older program.
alter table meta_ads_performance add column if not exists currency text;

alter table brand_ad_accounts
  add column if not exists currency text,
  add column if not exists time_zone text,
  add column if not exists confirmed_at timestamptz;

comment on column meta_ads_performance.fetched_at is 'When the row last changed; a sync that confirms it leaves it alone.';
comment on column brand_ad_accounts.confirmed_at is 'When Meta last told the currency and time zone.';

-- The rows of a brand in a window. An older program may have made this index under a name of its own.
do $$
begin
  if not exists (
    select from pg_indexes
    where schemaname = current_schema() and tablename = 'meta_ads_performance' and indexdef ~ '\(brand_id, date( DESC)?\)'
  ) then
    create index meta_ads_performance_brand on meta_ads_performance (brand_id, date);
  end if;
end
$$;

create table if not exists meta_ads (
  meta_ad_id text primary key,
  brand_id uuid not null references brands (id) on delete cascade,
  meta_ad_account_id text not null,
  name text not null,
  -- Meta's effective_status: ACTIVE, PAUSED, ARCHIVED, …
  status text not null,
  creative_id text,
  -- Signed; stops working after some days.
  thumbnail_url text,
  image_hash text,
  video_id text,
  link_url text,
  first_seen_at timestamptz not null default now(),
  changed_at timestamptz not null default now()
);

create index if not exists meta_ads_of_brand on meta_ads (brand_id, meta_ad_account_id);

-- One row per image or video of a brand: where its bytes are, or why there are none.
create table if not exists meta_ad_assets (
  brand_id uuid not null references brands (id) on delete cascade,
  kind text not null
    constraint meta_ad_assets_kind_check check (kind in ('image', 'video')),
  -- Image hash or video id.
  source_id text not null,
  -- Null = refused. Names the content, so the same file of two brands has the same key.
  storage_key text,
  sha256 text,
  content_type text,
  bytes bigint,
  refused_because text,
  fetched_at timestamptz not null default now(),
  primary key (brand_id, kind, source_id),
  constraint meta_ad_assets_stored_check check ((storage_key is null) = (refused_because is not null))
);

-- What a run has fetched completely: it may be saved. Says how many rows there must be, because the rows themselves lie in a table
-- that a crash of the server empties. No foreign keys to runs: they would cost every run something.
create table if not exists meta_insights_fetches (
  run_id uuid not null,
  meta_ad_account_id text not null,
  since date not null,
  until date not null,
  row_count bigint not null,
  -- Ads whose rows are missing from the answer, and nobody could say why: their rows are kept.
  kept_ads text[] not null default '{}',
  fetched_at timestamptz not null default now(),
  primary key (run_id, meta_ad_account_id)
);

-- Not logged: written once, read once, deleted.
create unlogged table if not exists meta_insights_staging (
  run_id uuid not null,
  meta_ad_account_id text not null,
  meta_ad_id text not null,
  date date not null,
  campaign_id text,
  campaign_name text,
  ad_name text,
  currency text,
  spend numeric,
  impressions bigint,
  reach bigint,
  frequency numeric,
  link_clicks bigint,
  link_ctr numeric,
  link_cpc numeric,
  add_to_carts bigint,
  purchases bigint,
  purchase_value numeric,
  roas numeric,
  video_views bigint,
  video_p25_watched bigint,
  video_p50_watched bigint,
  video_p75_watched bigint,
  video_p100_watched bigint,
  raw_actions jsonb,
  primary key (run_id, meta_ad_account_id, meta_ad_id, date)
);

do $$
declare
  public_role text;
  our_table text;
begin
  foreach our_table in array array['meta_ads', 'meta_ad_assets', 'meta_insights_fetches', 'meta_insights_staging'] loop
    foreach public_role in array array['anon', 'authenticated'] loop
      if exists (select from pg_roles where rolname = public_role) then
        execute format('alter table %I enable row level security', our_table);
        execute format('revoke all on %I from %I', our_table, public_role);
      end if;
    end loop;
  end loop;
end
$$;

-- People link accounts to brands. What runs write is told by the end of the run.
drop trigger if exists brand_ad_accounts_changed on brand_ad_accounts;
create trigger brand_ad_accounts_changed
  after insert or delete or truncate or update of brand_id, meta_ad_account_id, account_name, is_primary on brand_ad_accounts
  for each statement
  when (current_setting('pipeline_manager.agent', true) is distinct from 'on')
  execute function pipeline_manager_changed('brands');
