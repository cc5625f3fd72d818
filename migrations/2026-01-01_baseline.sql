-- The tables that other programs may already have. Created only where they are missing; an existing table keeps its
-- columns, rows and owner, and gains nothing here. Later files add what this product needs.

create table if not exists organizations (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  created_at timestamptz not null default now()
);

create table if not exists brands (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references organizations (id) on delete cascade,
  name text not null,
  created_at timestamptz not null default now()
);

create table if not exists scheduled_jobs (
  id uuid primary key default gen_random_uuid(),
  -- null = platform-level job
  brand_id uuid references brands (id) on delete cascade,
  product_id uuid,
  name text not null,
  job_type text not null,
  schedule_type text not null,
  cron_expression text,
  next_run_at timestamptz,
  status text not null default 'active',
  max_runs integer,
  runs_completed integer not null default 0,
  parameters jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create table if not exists scheduled_job_runs (
  id uuid primary key default gen_random_uuid(),
  scheduled_job_id uuid not null references scheduled_jobs (id) on delete cascade,
  status text not null default 'pending',
  started_at timestamptz,
  completed_at timestamptz,
  error_message text,
  logs text,
  metadata jsonb,
  created_at timestamptz not null default now()
);

create table if not exists brand_ad_accounts (
  id uuid primary key default gen_random_uuid(),
  brand_id uuid not null references brands (id) on delete cascade,
  meta_ad_account_id text not null,
  account_name text,
  is_primary boolean not null default false,
  created_at timestamptz not null default now(),
  unique (brand_id, meta_ad_account_id)
);

create table if not exists meta_ads_performance (
  id uuid primary key default gen_random_uuid(),
  meta_ad_id text not null,
  date date not null,
  meta_ad_account_id text not null,
  campaign_id text,
  campaign_name text,
  ad_name text,
  spend numeric(14, 4),
  impressions bigint,
  reach bigint,
  frequency numeric(12, 4),
  link_clicks bigint,
  link_ctr numeric(12, 6),
  link_cpc numeric(14, 4),
  add_to_carts bigint,
  purchases bigint,
  purchase_value numeric(14, 4),
  roas numeric(14, 4),
  video_views bigint,
  video_p25_watched bigint,
  video_p50_watched bigint,
  video_p75_watched bigint,
  video_p100_watched bigint,
  raw_actions jsonb,
  brand_id uuid references brands (id) on delete cascade,
  fetched_at timestamptz not null default now(),
  unique (meta_ad_id, date)
);
