-- Webhooks in: an address that queues a job of a brand with parameters taken from what is sent, and what came to it.

create table if not exists hooks (
  id uuid primary key default gen_random_uuid(),
  brand_id uuid not null references brands (id) on delete cascade,
  name text not null,
  -- How it is signed: Standard Webhooks, or as GitHub does.
  style text not null
    constraint hooks_style_check check (style in ('standard', 'github')),
  job_type text not null,
  -- shared/hook-mapping.ts: where each parameter comes from.
  mapping jsonb not null default '{}',
  enabled boolean not null default true,
  -- AES-256-GCM with the key of the data folder that made it: whoever reads this table cannot sign anything.
  sealed_secret bytea not null,
  -- The latest request that was not let in, at most one every ten seconds: anybody can send those.
  refused_at timestamptz,
  refused_because text,
  created_at timestamptz not null default now(),
  changed_at timestamptz not null default now(),
  changed_by text not null,
  -- Null = in use; removed ones answer nobody, and come back with their secret.
  removed_at timestamptz
);

create index if not exists hooks_brand on hooks (brand_id);

create table if not exists hook_deliveries (
  id bigint generated always as identity primary key,
  hook_id uuid not null references hooks (id) on delete cascade,
  -- What is signed and names the message: its id, or where there is none, the signature itself.
  message_key text not null,
  -- As the sender calls it, for people.
  message_id text not null,
  received_at timestamptz not null default now(),
  outcome text not null
    constraint hook_deliveries_outcome_check check (outcome in ('queued', 'refused')),
  -- Why it was refused, with the field and the fix.
  reason text,
  job_id uuid
);

-- A message that was taken is never taken again; one that was refused may be sent again once the hook is mended.
create unique index if not exists hook_deliveries_once on hook_deliveries (hook_id, message_key) where outcome = 'queued';
create index if not exists hook_deliveries_hook on hook_deliveries (hook_id, id desc);

do $$
declare
  watched text;
  public_role text;
begin
  foreach watched in array array['hooks', 'hook_deliveries'] loop
    execute format('drop trigger if exists %I on %I', watched || '_changed', watched);
    execute format(
      'create trigger %I after insert or update or delete or truncate on %I for each statement
        when (current_setting(''pipeline_manager.agent'', true) is distinct from ''on'')
        execute function pipeline_manager_changed(''hooks'')',
      watched || '_changed', watched
    );
    foreach public_role in array array['anon', 'authenticated'] loop
      if exists (select from pg_roles where rolname = public_role) then
        execute format('alter table %I enable row level security', watched);
        execute format('revoke all on %I from %I', watched, public_role);
      end if;
    end loop;
  end loop;
end
$$;
