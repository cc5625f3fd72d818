-- One row per (brand, dataset): when it last succeeded, and how the last attempt went (rules F1 to F4).

create table if not exists dataset_status (
  id uuid primary key default gen_random_uuid(),
  brand_id uuid not null references brands (id) on delete cascade,
  dataset_key text not null,
  last_success_at timestamptz,
  last_attempt_at timestamptz,
  last_status text not null default 'unknown'
    constraint dataset_status_last_status_check check (last_status in ('completed', 'failed', 'running', 'unknown')),
  last_run_id uuid,
  records_affected bigint,
  error_message text,
  metadata jsonb not null default '{}',
  organization_id uuid references organizations (id) on delete cascade,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  -- Leads with the brand, so it is the index by brand as well.
  constraint dataset_status_brand_dataset unique (brand_id, dataset_key)
);

create index if not exists dataset_status_organization on dataset_status (organization_id);

create or replace function dataset_status_touch() returns trigger language plpgsql as $$
begin
  new.updated_at := now();
  return new;
end
$$;

drop trigger if exists dataset_status_touch on dataset_status;
create trigger dataset_status_touch before update on dataset_status
  for each row execute function dataset_status_touch();
