-- What people decide: policies, features, and the record of every command; incidents and their deliveries.

create table if not exists dataset_policies (
  brand_id uuid not null references brands (id) on delete cascade,
  dataset_key text not null,
  max_age_hours numeric(8, 2) not null
    constraint dataset_policies_max_age_check check (max_age_hours > 0 and max_age_hours <= 87600),
  changed_at timestamptz not null default now(),
  changed_by text,
  primary key (brand_id, dataset_key)
);

create table if not exists organization_features (
  organization_id uuid not null references organizations (id) on delete cascade,
  feature text not null,
  enabled boolean not null,
  changed_at timestamptz not null default now(),
  changed_by text,
  primary key (organization_id, feature)
);

-- Organizations that were here before us start with the section off, until an admin turns it on.
insert into organization_features (organization_id, feature, enabled, changed_by)
select o.id, 'PIPELINE_MANAGER', false, 'migration' from organizations o
on conflict do nothing;

create table if not exists operator_actions (
  id bigint generated always as identity primary key,
  happened_at timestamptz not null default now(),
  operator text not null,
  door text not null
    constraint operator_actions_door_check check (door in ('cli', 'console', 'api', 'agent')),
  organization_id uuid references organizations (id) on delete set null,
  action text not null,
  subject_type text not null,
  subject_id text not null,
  state_before jsonb,
  state_after jsonb
);

create index if not exists operator_actions_happened on operator_actions (happened_at desc, id desc);
create index if not exists operator_actions_subject on operator_actions (subject_type, subject_id, happened_at desc);

create table if not exists incidents (
  id uuid primary key default gen_random_uuid(),
  kind text not null,
  organization_id uuid references organizations (id) on delete cascade,
  brand_id uuid references brands (id) on delete cascade,
  dataset_key text,
  scheduled_job_id uuid references scheduled_jobs (id) on delete cascade,
  cause_id uuid references incidents (id) on delete set null,
  summary text not null,
  details jsonb not null default '{}',
  opened_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  acknowledged_at timestamptz,
  acknowledged_by text,
  note text,
  snoozed_until timestamptz,
  resolved_at timestamptz
);

-- N2: one open incident per kind, organization, brand, and dataset or job. (Nulls are folded so that they compare equal.)
create unique index if not exists incidents_open on incidents (
  kind,
  coalesce(organization_id, '00000000-0000-0000-0000-000000000000'),
  coalesce(brand_id, '00000000-0000-0000-0000-000000000000'),
  coalesce(dataset_key, ''),
  coalesce(scheduled_job_id, '00000000-0000-0000-0000-000000000000')
) where resolved_at is null;

create index if not exists incidents_opened on incidents (opened_at desc, id desc);

create table if not exists notifications (
  id uuid primary key default gen_random_uuid(),
  incident_id uuid not null references incidents (id) on delete cascade,
  transition text not null,
  channel text not null,
  created_at timestamptz not null default now(),
  delivered_at timestamptz,
  failed_at timestamptz,
  failure text,
  unique (incident_id, transition, channel)
);
