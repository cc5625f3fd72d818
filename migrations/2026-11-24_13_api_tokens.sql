-- Tokens for programs, and for browsers that are not on the agent's machine. Only a hash of the secret is stored: whoever reads
-- this table cannot use what is in it.

create table if not exists api_tokens (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  scope text not null
    constraint api_tokens_scope_check check (scope in ('read', 'operate', 'admin')),
  -- Null = all organizations.
  organization_id uuid references organizations (id) on delete cascade,
  -- SHA-256; the secret has 256 random bits, so it needs neither salt nor stretching.
  secret_hash bytea not null,
  created_at timestamptz not null default now(),
  created_by text not null,
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz,
  revoked_by text
);

-- The record of what people did, of one organization.
create index if not exists operator_actions_organization on operator_actions (organization_id, id desc);

do $$
declare
  public_role text;
begin
  foreach public_role in array array['anon', 'authenticated'] loop
    if exists (select from pg_roles where rolname = public_role) then
      execute 'alter table api_tokens enable row level security';
      execute format('revoke all on api_tokens from %I', public_role);
    end if;
  end loop;
end
$$;
