-- Made by `npm run schema` from migrations/. Do not edit: it shows in review what a migration changes.

CREATE OR REPLACE FUNCTION public.dataset_status_touch()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  new.updated_at := now();
  return new;
end
$function$;

CREATE OR REPLACE FUNCTION public.external_runs_of_brands()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
begin
  update external_runs run set brand_id = null from gone where run.brand_id = gone.id;
  return null;
end
$function$;

CREATE OR REPLACE FUNCTION public.external_runs_of_organizations()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
begin
  delete from external_runs run using gone where run.organization_id = gone.id;
  return null;
end
$function$;

CREATE OR REPLACE FUNCTION public.housekeeping_cutoff(keep_days integer)
 RETURNS timestamp with time zone
 LANGUAGE plpgsql
 STABLE
AS $function$
begin
  if keep_days is null or keep_days not between 1 and 36500 then
    raise exception 'Rows are kept for 1 to 36500 days; % is refused.', coalesce(keep_days::text, 'null')
      using errcode = 'invalid_parameter_value';
  end if;
  return now() - make_interval(days => keep_days);
end
$function$;

CREATE OR REPLACE FUNCTION public.next_due(after_at timestamp with time zone, due_days integer, due_at time without time zone, due_zone text)
 RETURNS timestamp with time zone
 LANGUAGE plpgsql
 STABLE STRICT
AS $function$
declare
  day date;
  wall timestamp;
  around timestamptz;
  before_change interval;
  moment timestamptz;
begin
  day := (after_at at time zone due_zone)::date;
  for step in 0..9 loop
    if due_days & (1 << (extract(isodow from day)::integer - 1)) <> 0 then
      wall := day + due_at;
      -- Offsets lie between -12 h and +14 h, so these two surround the instant that is looked for.
      around := (wall at time zone 'UTC') - interval '15 hours';
      before_change := (around at time zone due_zone) - (around at time zone 'UTC');
      moment := (wall at time zone 'UTC') - before_change;
      if moment at time zone due_zone <> wall then
        around := around + interval '28 hours';
        moment := (wall at time zone 'UTC') - ((around at time zone due_zone) - (around at time zone 'UTC'));
        if moment at time zone due_zone <> wall then
          select min(minute) into moment
          from generate_series(around - interval '28 hours', around, interval '1 minute') minute
          where (minute at time zone due_zone) - (minute at time zone 'UTC') <> before_change;
        end if;
      end if;
      if moment > after_at then
        return moment;
      end if;
    end if;
    day := day + 1;
  end loop;
  return after_at;
exception when invalid_parameter_value or datetime_field_overflow then
  return after_at;
end
$function$;

CREATE OR REPLACE FUNCTION public.pipeline_manager_changed()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform pg_notify('pipeline_manager_changes', tg_argv[0]);
  return null;
end
$function$;

CREATE OR REPLACE FUNCTION public.pipeline_manager_routes_changed()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform pg_notify('pipeline_manager', 'dispatch');
  return null;
end
$function$;

CREATE OR REPLACE FUNCTION public.pipeline_manager_undispatched()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if exists (
    select from changed
    where (dispatched_at is null and type in ('opened', 'reminded', 'resolved', 'acknowledged')) or type in ('unacknowledged', 'woken')
  ) then
    perform pg_notify('pipeline_manager', 'dispatch');
  end if;
  return null;
end
$function$;

CREATE OR REPLACE FUNCTION public.pipeline_manager_wake()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform pg_notify('pipeline_manager', tg_argv[0]);
  return null;
end
$function$;

CREATE OR REPLACE FUNCTION public.pipeline_manager_wake_inserted()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  -- Agents look ahead by half a minute anyway; only work that is due sooner needs a hint.
  if exists (
    select from inserted where status = 'active' and next_run_at <= now() + interval '1 minute'
  ) then
    perform pg_notify('pipeline_manager', 'jobs');
  end if;
  -- A recurring job that nobody planned: an agent computes its first run.
  if exists (
    select from inserted where status = 'active' and schedule_type = 'recurring' and next_run_at is null
  ) then
    perform pg_notify('pipeline_manager', 'plan');
  end if;
  return null;
end
$function$;

CREATE OR REPLACE FUNCTION public.scheduled_job_runs_cascade()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
begin
  delete from run_logs line using gone where line.run_id = gone.id;
  delete from run_steps step using gone where step.run_id = gone.id;
  delete from run_artifacts artifact using gone where artifact.run_id = gone.id;
  return null;
end
$function$;

CREATE OR REPLACE FUNCTION public.scheduled_job_runs_fill()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
begin
  select j.brand_id, j.job_type into new.brand_id, new.job_type
  from scheduled_jobs j where j.id = new.scheduled_job_id;
  return new;
end
$function$;

CREATE OR REPLACE FUNCTION public.scheduled_job_runs_foreign_problem()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
begin
  update scheduled_job_runs run
  set problem = case when new.status in ('failed', 'cancelled') then new.status end
  where run.id = new.id;
  return null;
end
$function$;

CREATE OR REPLACE FUNCTION public.scheduled_jobs_overtaken(job scheduled_jobs)
 RETURNS boolean
 LANGUAGE plpgsql
 STABLE
AS $function$
begin
  if job.overlap_policy <> 'skip' or job.schedule_type <> 'recurring' or coalesce(job.next_attempt, 1) <> 1 then
    return false;
  end if;
  if job.concurrency_key is not null then
    return coalesce(job.next_run_at < (
      select max(other.last_run_finished_at) from scheduled_jobs other
      where other.concurrency_key = job.concurrency_key
    ), false);
  end if;
  if job.brand_id is null then
    return coalesce(job.next_run_at < (
      select max(other.last_run_finished_at) from scheduled_jobs other
      where other.brand_id is null and other.job_type = job.job_type and other.concurrency_key is null
    ), false);
  end if;
  return coalesce(job.next_run_at < (
    select max(other.last_run_finished_at) from scheduled_jobs other
    where other.brand_id = job.brand_id and other.job_type = job.job_type and other.concurrency_key is null
  ), false);
end
$function$;

CREATE OR REPLACE FUNCTION public.scheduled_jobs_refuse()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
declare
  refused text := case
    when new.priority not between 0 and 3 then 'priority'
    when new.overlap_policy not in ('queue', 'skip') then 'overlap_policy'
    when new.catch_up_policy not in ('latest', 'skip') then 'catch_up_policy'
    when new.timeout_minutes not between 1 and 1440 then 'timeout'
    when new.trigger_source not in ('scheduled', 'manual', 'api') then 'trigger_source'
  end;
begin
  if refused is null then
    return null;
  end if;
  raise exception 'new row for relation "scheduled_jobs" violates check constraint "scheduled_jobs_%_check"', refused
    using errcode = 'check_violation', schema = tg_table_schema, table = tg_table_name,
      constraint = 'scheduled_jobs_' || refused || '_check';
end
$function$;

create table agents (
  id uuid not null,
  name text not null,
  host text not null,
  process_id integer not null,
  program_version text not null,
  state text not null,
  job_types text[] not null default '{}'::text[],
  concurrency integer not null,
  catalog jsonb not null default '{}'::jsonb,
  started_at timestamp with time zone not null default now(),
  heartbeat_at timestamp with time zone not null default now(),
  stopped_at timestamp with time zone,
  constraint agents_pkey PRIMARY KEY (id),
  constraint agents_state_check CHECK ((state = ANY (ARRAY['running'::text, 'draining'::text, 'stopped'::text])))
);
CREATE INDEX agents_heartbeat ON public.agents USING btree (heartbeat_at DESC);
CREATE TRIGGER agents_changed AFTER INSERT OR DELETE OR UPDATE OF name, state, job_types, concurrency, catalog OR TRUNCATE ON public.agents FOR EACH STATEMENT EXECUTE FUNCTION pipeline_manager_changed('agents');

create table api_tokens (
  id uuid not null default gen_random_uuid(),
  name text not null,
  scope text not null,
  organization_id uuid,
  secret_hash bytea not null,
  created_at timestamp with time zone not null default now(),
  created_by text not null,
  expires_at timestamp with time zone,
  last_used_at timestamp with time zone,
  revoked_at timestamp with time zone,
  revoked_by text,
  constraint api_tokens_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE,
  constraint api_tokens_pkey PRIMARY KEY (id),
  constraint api_tokens_scope_check CHECK ((scope = ANY (ARRAY['read'::text, 'operate'::text, 'admin'::text, 'ingest'::text])))
);

create table backfills (
  id uuid not null default gen_random_uuid(),
  organization_id uuid not null,
  brand_id uuid not null,
  job_type text not null,
  first_day date not null,
  last_day date not null,
  days_per_run integer not null,
  newest_first boolean not null default false,
  only_missing boolean not null default false,
  is_beside boolean not null default false,
  runs integer not null,
  parameters jsonb not null default '{}'::jsonb,
  requested_by text not null,
  created_at timestamp with time zone not null default now(),
  cancelled_at timestamp with time zone,
  cancelled_by text,
  removed_cancelled integer not null default 0,
  constraint backfills_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brands(id) ON DELETE CASCADE,
  constraint backfills_days_check CHECK ((last_day >= first_day)),
  constraint backfills_days_per_run_check CHECK (((days_per_run >= 1) AND (days_per_run <= 366))),
  constraint backfills_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE,
  constraint backfills_pkey PRIMARY KEY (id),
  constraint backfills_runs_check CHECK ((runs > 0))
);
CREATE INDEX backfills_brand ON public.backfills USING btree (brand_id);
CREATE INDEX backfills_organization ON public.backfills USING btree (organization_id, created_at DESC);
CREATE TRIGGER backfills_changed AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.backfills FOR EACH STATEMENT WHEN ((current_setting('pipeline_manager.agent'::text, true) IS DISTINCT FROM 'on'::text)) EXECUTE FUNCTION pipeline_manager_changed('jobs');

create table brand_ad_accounts (
  id uuid not null default gen_random_uuid(),
  brand_id uuid not null,
  meta_ad_account_id text not null,
  account_name text,
  is_primary boolean not null default false,
  created_at timestamp with time zone not null default now(),
  currency text,
  time_zone text,
  confirmed_at timestamp with time zone,
  constraint brand_ad_accounts_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brands(id) ON DELETE CASCADE,
  constraint brand_ad_accounts_brand_id_meta_ad_account_id_key UNIQUE (brand_id, meta_ad_account_id),
  constraint brand_ad_accounts_pkey PRIMARY KEY (id)
);
CREATE TRIGGER brand_ad_accounts_changed AFTER INSERT OR DELETE OR UPDATE OF brand_id, meta_ad_account_id, account_name, is_primary OR TRUNCATE ON public.brand_ad_accounts FOR EACH STATEMENT WHEN ((current_setting('pipeline_manager.agent'::text, true) IS DISTINCT FROM 'on'::text)) EXECUTE FUNCTION pipeline_manager_changed('brands');

create table brand_groups (
  brand_id uuid not null,
  group_key text not null,
  name text not null,
  created_at timestamp with time zone not null default now(),
  constraint brand_groups_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brands(id) ON DELETE CASCADE,
  constraint brand_groups_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 40))),
  constraint brand_groups_pkey PRIMARY KEY (brand_id, group_key)
);
CREATE INDEX brand_groups_group ON public.brand_groups USING btree (group_key, brand_id);
CREATE TRIGGER brand_groups_changed AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.brand_groups FOR EACH STATEMENT WHEN ((current_setting('pipeline_manager.agent'::text, true) IS DISTINCT FROM 'on'::text)) EXECUTE FUNCTION pipeline_manager_changed('brands');

create table brand_library_searches (
  id uuid not null default gen_random_uuid(),
  brand_id uuid not null,
  terms text not null,
  page_ids text[] not null default '{}'::text[],
  countries text[] not null,
  created_at timestamp with time zone not null default now(),
  created_by text not null,
  constraint brand_library_searches_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brands(id) ON DELETE CASCADE,
  constraint brand_library_searches_brand_id_terms_page_ids_countries_key UNIQUE (brand_id, terms, page_ids, countries),
  constraint brand_library_searches_countries_check CHECK ((cardinality(countries) > 0)),
  constraint brand_library_searches_pkey PRIMARY KEY (id),
  constraint brand_library_searches_something_check CHECK (((terms <> ''::text) OR (cardinality(page_ids) > 0)))
);
CREATE TRIGGER brand_library_searches_changed AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.brand_library_searches FOR EACH STATEMENT WHEN ((current_setting('pipeline_manager.agent'::text, true) IS DISTINCT FROM 'on'::text)) EXECUTE FUNCTION pipeline_manager_changed('brands');

create table brands (
  id uuid not null default gen_random_uuid(),
  organization_id uuid not null,
  name text not null,
  created_at timestamp with time zone not null default now(),
  archived_at timestamp with time zone,
  archived_by text,
  paused_jobs uuid[],
  constraint brands_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE,
  constraint brands_pkey PRIMARY KEY (id)
);
CREATE TRIGGER brands_changed AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.brands FOR EACH STATEMENT WHEN ((current_setting('pipeline_manager.agent'::text, true) IS DISTINCT FROM 'on'::text)) EXECUTE FUNCTION pipeline_manager_changed('brands');
CREATE TRIGGER brands_external_runs AFTER DELETE ON public.brands REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION external_runs_of_brands();

create table dataset_policies (
  brand_id uuid not null,
  dataset_key text not null,
  max_age_hours numeric(8,2),
  changed_at timestamp with time zone not null default now(),
  changed_by text,
  warn_age_hours numeric(8,2),
  due_days smallint,
  due_at time without time zone,
  due_zone text,
  constraint dataset_policies_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brands(id) ON DELETE CASCADE,
  constraint dataset_policies_due_at_check CHECK (((due_at < '24:00:00'::time without time zone) AND (EXTRACT(second FROM due_at) = (0)::numeric))),
  constraint dataset_policies_due_days_check CHECK (((due_days >= 1) AND (due_days <= 127))),
  constraint dataset_policies_due_is_whole CHECK ((num_nulls(due_days, due_at, due_zone) = ANY (ARRAY[0, 3]))),
  constraint dataset_policies_due_zone_check CHECK (((length(due_zone) >= 1) AND (length(due_zone) <= 64))),
  constraint dataset_policies_max_age_check CHECK (((max_age_hours > (0)::numeric) AND (max_age_hours <= (87600)::numeric))),
  constraint dataset_policies_pkey PRIMARY KEY (brand_id, dataset_key),
  constraint dataset_policies_says_something CHECK (((max_age_hours IS NOT NULL) OR (warn_age_hours IS NOT NULL) OR (due_days IS NOT NULL))),
  constraint dataset_policies_warn_age_check CHECK (((warn_age_hours > (0)::numeric) AND (warn_age_hours <= (87600)::numeric)))
);
CREATE TRIGGER dataset_policies_changed AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.dataset_policies FOR EACH STATEMENT WHEN ((current_setting('pipeline_manager.agent'::text, true) IS DISTINCT FROM 'on'::text)) EXECUTE FUNCTION pipeline_manager_changed('policies');

create table dataset_probes (
  brand_id uuid not null,
  dataset_key text not null,
  probed_at timestamp with time zone not null,
  latest_at timestamp with time zone,
  row_count bigint,
  moved_at timestamp with time zone,
  success_at timestamp with time zone,
  success_measured_at timestamp with time zone,
  moved boolean,
  problem text,
  agent_id uuid,
  constraint dataset_probes_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brands(id) ON DELETE CASCADE,
  constraint dataset_probes_pkey PRIMARY KEY (brand_id, dataset_key)
);

create table dataset_status (
  id uuid not null default gen_random_uuid(),
  brand_id uuid not null,
  dataset_key text not null,
  last_success_at timestamp with time zone,
  last_attempt_at timestamp with time zone,
  last_status text not null default 'unknown'::text,
  last_run_id uuid,
  records_affected bigint,
  error_message text,
  metadata jsonb not null default '{}'::jsonb,
  organization_id uuid,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  attempt_key uuid,
  constraint dataset_status_brand_dataset UNIQUE (brand_id, dataset_key),
  constraint dataset_status_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brands(id) ON DELETE CASCADE,
  constraint dataset_status_last_status_check CHECK ((last_status = ANY (ARRAY['completed'::text, 'failed'::text, 'running'::text, 'unknown'::text]))),
  constraint dataset_status_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE,
  constraint dataset_status_pkey PRIMARY KEY (id)
);
CREATE INDEX dataset_status_organization ON public.dataset_status USING btree (organization_id);
CREATE TRIGGER dataset_status_changed AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.dataset_status FOR EACH STATEMENT WHEN ((current_setting('pipeline_manager.agent'::text, true) IS DISTINCT FROM 'on'::text)) EXECUTE FUNCTION pipeline_manager_changed('datasets');
CREATE TRIGGER dataset_status_touch BEFORE UPDATE ON public.dataset_status FOR EACH ROW EXECUTE FUNCTION dataset_status_touch();

create table dataset_status_history (
  run_id uuid not null,
  step_position smallint not null,
  brand_id uuid not null,
  dataset_key text not null,
  happened_at timestamp with time zone not null,
  status text not null,
  records_affected bigint,
  suspicious boolean not null default false,
  error_message text,
  fresh_at timestamp with time zone,
  constraint dataset_status_history_pkey PRIMARY KEY (run_id, step_position),
  constraint dataset_status_history_status_check CHECK ((status = ANY (ARRAY['completed'::text, 'failed'::text, 'unknown'::text])))
);
CREATE INDEX dataset_status_history_dataset ON public.dataset_status_history USING btree (brand_id, dataset_key, happened_at DESC);
CREATE INDEX dataset_status_history_fresh_at ON public.dataset_status_history USING btree (brand_id, dataset_key, fresh_at DESC) WHERE (fresh_at IS NOT NULL);

create table dataset_triggers (
  id uuid not null default gen_random_uuid(),
  brand_id uuid not null,
  dataset_key text not null,
  job_id uuid,
  job_type text not null,
  parameters jsonb not null default '{}'::jsonb,
  debounce_seconds integer not null default 60,
  paused_at timestamp with time zone,
  paused_because text,
  fired_for timestamp with time zone not null default now(),
  due_at timestamp with time zone,
  last_fired_at timestamp with time zone,
  last_outcome text,
  last_reason text,
  last_job_id uuid,
  hour_began_at timestamp with time zone,
  fired_in_hour integer not null default 0,
  created_at timestamp with time zone not null default now(),
  created_by text not null,
  changed_at timestamp with time zone not null default now(),
  changed_by text not null,
  constraint dataset_triggers_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brands(id) ON DELETE CASCADE,
  constraint dataset_triggers_debounce_check CHECK (((debounce_seconds >= 0) AND (debounce_seconds <= 86400))),
  constraint dataset_triggers_outcome_check CHECK ((last_outcome = ANY (ARRAY['queued'::text, 'skipped'::text, 'stopped'::text]))),
  constraint dataset_triggers_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX dataset_triggers_once ON public.dataset_triggers USING btree (brand_id, dataset_key, job_type, COALESCE(job_id, '00000000-0000-0000-0000-000000000000'::uuid));
CREATE TRIGGER dataset_triggers_changed AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.dataset_triggers FOR EACH STATEMENT WHEN ((current_setting('pipeline_manager.agent'::text, true) IS DISTINCT FROM 'on'::text)) EXECUTE FUNCTION pipeline_manager_changed('triggers');

create table external_runs (
  id uuid not null default gen_random_uuid(),
  organization_id uuid not null,
  source text not null,
  run_key text not null,
  parent_key text,
  producer text not null,
  job_namespace text not null,
  job_name text not null,
  status text,
  first_event_at timestamp with time zone not null,
  last_event_at timestamp with time zone not null,
  started_at timestamp with time zone,
  running_at timestamp with time zone,
  completed_at timestamp with time zone,
  nominal_start_at timestamp with time zone,
  nominal_end_at timestamp with time zone,
  records_affected bigint,
  error_message text,
  log text,
  log_at timestamp with time zone,
  facts jsonb not null default '{}'::jsonb,
  brand_id uuid,
  dataset_key text,
  received_at timestamp with time zone not null default now(),
  constraint external_runs_pkey PRIMARY KEY (id),
  constraint external_runs_source_check CHECK ((source = ANY (ARRAY['lineage'::text, 'ping'::text, 'dbt'::text]))),
  constraint external_runs_status_check CHECK ((status = ANY (ARRAY['running'::text, 'completed'::text, 'failed'::text, 'cancelled'::text])))
);
CREATE INDEX external_runs_dataset ON public.external_runs USING btree (brand_id, dataset_key, first_event_at DESC, id DESC) WHERE (brand_id IS NOT NULL);
CREATE UNIQUE INDEX external_runs_key ON public.external_runs USING btree (run_key, source, organization_id);
CREATE INDEX external_runs_list ON public.external_runs USING btree (organization_id, first_event_at DESC, id DESC);
CREATE INDEX external_runs_parent ON public.external_runs USING btree (organization_id, source, parent_key) WHERE (parent_key IS NOT NULL);
CREATE INDEX external_runs_received ON public.external_runs USING btree (received_at, id);
CREATE TRIGGER external_runs_changed AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.external_runs FOR EACH STATEMENT WHEN ((current_setting('pipeline_manager.agent'::text, true) IS DISTINCT FROM 'on'::text)) EXECUTE FUNCTION pipeline_manager_changed('runs');

create table holds (
  id uuid not null default gen_random_uuid(),
  organization_id uuid not null,
  brand_id uuid,
  job_type text,
  starts_at timestamp with time zone not null default now(),
  ends_at timestamp with time zone,
  reason text not null,
  created_by text not null,
  created_at timestamp with time zone not null default now(),
  changed_by text not null,
  changed_at timestamp with time zone not null default now(),
  ended_by text,
  ended_at timestamp with time zone,
  constraint holds_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brands(id) ON DELETE CASCADE,
  constraint holds_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE,
  constraint holds_pkey PRIMARY KEY (id),
  constraint holds_reason_check CHECK ((reason <> ''::text)),
  constraint holds_times_check CHECK (((ends_at IS NULL) OR (ends_at > starts_at)))
);
CREATE INDEX holds_not_over ON public.holds USING btree (COALESCE(ends_at, 'infinity'::timestamp with time zone)) WHERE (ended_at IS NULL);
CREATE INDEX holds_organization ON public.holds USING btree (organization_id, created_at DESC);
CREATE TRIGGER holds_changed AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.holds FOR EACH STATEMENT WHEN ((current_setting('pipeline_manager.agent'::text, true) IS DISTINCT FROM 'on'::text)) EXECUTE FUNCTION pipeline_manager_changed('holds,jobs');
CREATE TRIGGER holds_wake AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.holds FOR EACH STATEMENT EXECUTE FUNCTION pipeline_manager_wake('jobs');

create table hook_deliveries (
  id bigint not null generated always as identity,
  hook_id uuid not null,
  message_key text not null,
  message_id text not null,
  received_at timestamp with time zone not null default now(),
  outcome text not null,
  reason text,
  job_id uuid,
  constraint hook_deliveries_hook_id_fkey FOREIGN KEY (hook_id) REFERENCES hooks(id) ON DELETE CASCADE,
  constraint hook_deliveries_outcome_check CHECK ((outcome = ANY (ARRAY['queued'::text, 'refused'::text]))),
  constraint hook_deliveries_pkey PRIMARY KEY (id)
);
CREATE INDEX hook_deliveries_hook ON public.hook_deliveries USING btree (hook_id, id DESC);
CREATE UNIQUE INDEX hook_deliveries_once ON public.hook_deliveries USING btree (hook_id, message_key) WHERE (outcome = 'queued'::text);
CREATE TRIGGER hook_deliveries_changed AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.hook_deliveries FOR EACH STATEMENT WHEN ((current_setting('pipeline_manager.agent'::text, true) IS DISTINCT FROM 'on'::text)) EXECUTE FUNCTION pipeline_manager_changed('hooks');

create table hooks (
  id uuid not null default gen_random_uuid(),
  brand_id uuid not null,
  name text not null,
  style text not null,
  job_type text not null,
  mapping jsonb not null default '{}'::jsonb,
  enabled boolean not null default true,
  sealed_secret bytea not null,
  refused_at timestamp with time zone,
  refused_because text,
  created_at timestamp with time zone not null default now(),
  changed_at timestamp with time zone not null default now(),
  changed_by text not null,
  removed_at timestamp with time zone,
  constraint hooks_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brands(id) ON DELETE CASCADE,
  constraint hooks_pkey PRIMARY KEY (id),
  constraint hooks_style_check CHECK ((style = ANY (ARRAY['standard'::text, 'github'::text])))
);
CREATE INDEX hooks_brand ON public.hooks USING btree (brand_id);
CREATE TRIGGER hooks_changed AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.hooks FOR EACH STATEMENT WHEN ((current_setting('pipeline_manager.agent'::text, true) IS DISTINCT FROM 'on'::text)) EXECUTE FUNCTION pipeline_manager_changed('hooks');

create table housekeeping_sweeps (
  id bigint not null generated always as identity,
  agent_id uuid not null,
  started_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  ended_at timestamp with time zone,
  state text not null default 'running'::text,
  failure text,
  removed jsonb not null default '{}'::jsonb,
  keep_days jsonb not null,
  tables jsonb not null default '{}'::jsonb,
  logs_through timestamp with time zone,
  constraint housekeeping_sweeps_pkey PRIMARY KEY (id),
  constraint housekeeping_sweeps_state_check CHECK ((state = ANY (ARRAY['running'::text, 'completed'::text, 'stopped'::text, 'failed'::text])))
);
CREATE INDEX housekeeping_sweeps_started ON public.housekeeping_sweeps USING btree (started_at DESC);

create table incident_events (
  id bigint not null generated always as identity,
  incident_id uuid not null,
  organization_id uuid,
  type text not null,
  happened_at timestamp with time zone not null default now(),
  operator text,
  note text,
  until timestamp with time zone,
  told boolean not null default false,
  dispatched_at timestamp with time zone,
  route_id uuid,
  assignee text,
  channel text,
  repetition integer,
  constraint incident_events_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES incidents(id) ON DELETE CASCADE,
  constraint incident_events_pkey PRIMARY KEY (id),
  constraint incident_events_type_check CHECK ((type = ANY (ARRAY['opened'::text, 'reminded'::text, 'resolved'::text, 'acknowledged'::text, 'unacknowledged'::text, 'snoozed'::text, 'woken'::text, 'noted'::text, 'escalated'::text])))
);
CREATE UNIQUE INDEX incident_events_escalated_on ON public.incident_events USING btree (incident_id, route_id, channel, repetition) WHERE (type = 'escalated'::text);
CREATE INDEX incident_events_incident ON public.incident_events USING btree (incident_id, id DESC);
CREATE INDEX incident_events_told ON public.incident_events USING btree (organization_id, id DESC) WHERE told;
CREATE INDEX incident_events_undispatched ON public.incident_events USING btree (id) WHERE (dispatched_at IS NULL);
CREATE TRIGGER incident_events_changed AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.incident_events FOR EACH STATEMENT WHEN ((current_setting('pipeline_manager.agent'::text, true) IS DISTINCT FROM 'on'::text)) EXECUTE FUNCTION pipeline_manager_changed('incidents');
CREATE TRIGGER incident_events_undispatched_insert AFTER INSERT ON public.incident_events REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION pipeline_manager_undispatched();
CREATE TRIGGER incident_events_undispatched_update AFTER UPDATE ON public.incident_events REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION pipeline_manager_undispatched();

create table incidents (
  id uuid not null default gen_random_uuid(),
  kind text not null,
  organization_id uuid,
  brand_id uuid,
  dataset_key text,
  scheduled_job_id uuid,
  cause_id uuid,
  summary text not null,
  details jsonb not null default '{}'::jsonb,
  opened_at timestamp with time zone not null default now(),
  acknowledged_at timestamp with time zone,
  acknowledged_by text,
  note text,
  snoozed_until timestamp with time zone,
  resolved_at timestamp with time zone,
  agent_id uuid,
  job_type text,
  run_id uuid,
  next_step text,
  snoozed_by text,
  resolution text,
  reminded_at timestamp with time zone,
  released_at timestamp with time zone,
  muted_for uuid[],
  quiet_until timestamp with time zone,
  constraint incidents_agent_id_fkey FOREIGN KEY (agent_id) REFERENCES agents(id) ON DELETE CASCADE,
  constraint incidents_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brands(id) ON DELETE CASCADE,
  constraint incidents_cause_id_fkey FOREIGN KEY (cause_id) REFERENCES incidents(id) ON DELETE SET NULL,
  constraint incidents_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE,
  constraint incidents_pkey PRIMARY KEY (id),
  constraint incidents_scheduled_job_id_fkey FOREIGN KEY (scheduled_job_id) REFERENCES scheduled_jobs(id) ON DELETE CASCADE
);
CREATE INDEX incidents_agent ON public.incidents USING btree (agent_id) WHERE (agent_id IS NOT NULL);
CREATE INDEX incidents_cause ON public.incidents USING btree (cause_id) WHERE (cause_id IS NOT NULL);
CREATE INDEX incidents_job ON public.incidents USING btree (scheduled_job_id) WHERE (scheduled_job_id IS NOT NULL);
CREATE INDEX incidents_kept_back ON public.incidents USING btree (id) WHERE ((muted_for IS NOT NULL) AND (resolved_at IS NULL));
CREATE INDEX incidents_open_brand ON public.incidents USING btree (brand_id, dataset_key) WHERE (resolved_at IS NULL);
CREATE UNIQUE INDEX incidents_open_thing ON public.incidents USING btree (kind, COALESCE(organization_id, '00000000-0000-0000-0000-000000000000'::uuid), COALESCE(brand_id, '00000000-0000-0000-0000-000000000000'::uuid), COALESCE(dataset_key, ''::text), COALESCE(scheduled_job_id, '00000000-0000-0000-0000-000000000000'::uuid), COALESCE(agent_id, '00000000-0000-0000-0000-000000000000'::uuid), (
CASE
    WHEN (scheduled_job_id IS NULL) THEN COALESCE(job_type, ''::text)
    ELSE ''::text
END)) WHERE (resolved_at IS NULL);
CREATE INDEX incidents_opened ON public.incidents USING btree (opened_at DESC, id DESC);
CREATE INDEX incidents_organization ON public.incidents USING btree (organization_id, opened_at DESC, id DESC);
CREATE INDEX incidents_organization_open ON public.incidents USING btree (organization_id, opened_at DESC, id DESC) WHERE (resolved_at IS NULL);
CREATE TRIGGER incidents_changed AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.incidents FOR EACH STATEMENT WHEN ((current_setting('pipeline_manager.agent'::text, true) IS DISTINCT FROM 'on'::text)) EXECUTE FUNCTION pipeline_manager_changed('incidents');

create table landing_pages (
  brand_id uuid not null,
  url text not null,
  outcome text not null,
  status integer,
  final_url text,
  title text,
  content_type text,
  sha256 text,
  bytes bigint,
  problem text,
  ads integer not null,
  first_seen_at timestamp with time zone not null default now(),
  checked_at timestamp with time zone not null default now(),
  changed_at timestamp with time zone,
  constraint landing_pages_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brands(id) ON DELETE CASCADE,
  constraint landing_pages_outcome_check CHECK ((outcome = ANY (ARRAY['fetched'::text, 'not_allowed'::text, 'refused'::text, 'failed'::text]))),
  constraint landing_pages_pkey PRIMARY KEY (brand_id, url)
);

create table leadership (
  id boolean not null default true,
  agent_id uuid not null,
  token uuid not null,
  taken_at timestamp with time zone not null default now(),
  expires_at timestamp with time zone,
  constraint leadership_one_row CHECK (id),
  constraint leadership_pkey PRIMARY KEY (id)
);
CREATE TRIGGER leadership_changed AFTER INSERT OR DELETE OR UPDATE OF agent_id OR TRUNCATE ON public.leadership FOR EACH STATEMENT EXECUTE FUNCTION pipeline_manager_changed('agents');

create table library_ads (
  brand_id uuid not null,
  library_ad_id text not null,
  page_id text,
  page_name text,
  content jsonb not null,
  platforms text[] not null default '{}'::text[],
  languages text[] not null default '{}'::text[],
  started_on date,
  stopped_on date,
  first_seen_at timestamp with time zone not null default now(),
  last_seen_at timestamp with time zone not null default now(),
  changed_at timestamp with time zone not null default now(),
  longevity_days integer not null default 0,
  constraint library_ads_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brands(id) ON DELETE CASCADE,
  constraint library_ads_pkey PRIMARY KEY (brand_id, library_ad_id)
);

create table lineage_datasets (
  organization_id uuid not null,
  namespace text not null,
  name text not null,
  producer text not null,
  job_namespace text not null,
  job_name text not null,
  first_seen_at timestamp with time zone not null default now(),
  last_event_at timestamp with time zone not null,
  status text,
  attempt_at timestamp with time zone,
  error_message text,
  success_at timestamp with time zone,
  records_affected bigint,
  facets jsonb not null default '{}'::jsonb,
  facets_at timestamp with time zone,
  attempt_key uuid,
  constraint lineage_datasets_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE,
  constraint lineage_datasets_pkey PRIMARY KEY (organization_id, namespace, name),
  constraint lineage_datasets_status_check CHECK ((status = ANY (ARRAY['running'::text, 'completed'::text, 'failed'::text])))
);
CREATE TRIGGER lineage_datasets_changed AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.lineage_datasets FOR EACH STATEMENT WHEN ((current_setting('pipeline_manager.agent'::text, true) IS DISTINCT FROM 'on'::text)) EXECUTE FUNCTION pipeline_manager_changed('runs');

create table lineage_jobs (
  organization_id uuid not null,
  namespace text not null,
  name text not null,
  producer text not null,
  facets jsonb not null,
  facets_at timestamp with time zone not null,
  constraint lineage_jobs_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE,
  constraint lineage_jobs_pkey PRIMARY KEY (organization_id, namespace, name)
);
CREATE TRIGGER lineage_jobs_changed AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.lineage_jobs FOR EACH STATEMENT WHEN ((current_setting('pipeline_manager.agent'::text, true) IS DISTINCT FROM 'on'::text)) EXECUTE FUNCTION pipeline_manager_changed('runs');

create table lineage_mappings (
  id uuid not null default gen_random_uuid(),
  organization_id uuid not null,
  namespace text not null,
  name text not null,
  brand_id uuid not null,
  dataset_key text not null,
  changed_at timestamp with time zone not null default now(),
  changed_by text not null,
  constraint lineage_mappings_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brands(id) ON DELETE CASCADE,
  constraint lineage_mappings_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE,
  constraint lineage_mappings_pattern UNIQUE (organization_id, namespace, name),
  constraint lineage_mappings_pkey PRIMARY KEY (id)
);
CREATE TRIGGER lineage_mappings_changed AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.lineage_mappings FOR EACH STATEMENT WHEN ((current_setting('pipeline_manager.agent'::text, true) IS DISTINCT FROM 'on'::text)) EXECUTE FUNCTION pipeline_manager_changed('runs');

create table meta_ad_assets (
  brand_id uuid not null,
  kind text not null,
  source_id text not null,
  storage_key text,
  sha256 text,
  content_type text,
  bytes bigint,
  refused_because text,
  fetched_at timestamp with time zone not null default now(),
  constraint meta_ad_assets_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brands(id) ON DELETE CASCADE,
  constraint meta_ad_assets_kind_check CHECK ((kind = ANY (ARRAY['image'::text, 'video'::text]))),
  constraint meta_ad_assets_pkey PRIMARY KEY (brand_id, kind, source_id),
  constraint meta_ad_assets_stored_check CHECK (((storage_key IS NULL) = (refused_because IS NOT NULL)))
);

create table meta_ads (
  meta_ad_id text not null,
  brand_id uuid not null,
  meta_ad_account_id text not null,
  name text not null,
  status text not null,
  creative_id text,
  thumbnail_url text,
  image_hash text,
  video_id text,
  link_url text,
  first_seen_at timestamp with time zone not null default now(),
  changed_at timestamp with time zone not null default now(),
  constraint meta_ads_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brands(id) ON DELETE CASCADE,
  constraint meta_ads_pkey PRIMARY KEY (meta_ad_id)
);
CREATE INDEX meta_ads_of_brand ON public.meta_ads USING btree (brand_id, meta_ad_account_id);

create table meta_ads_performance (
  id uuid not null default gen_random_uuid(),
  meta_ad_id text not null,
  date date not null,
  meta_ad_account_id text not null,
  campaign_id text,
  campaign_name text,
  ad_name text,
  spend numeric(14,4),
  impressions bigint,
  reach bigint,
  frequency numeric(12,4),
  link_clicks bigint,
  link_ctr numeric(12,6),
  link_cpc numeric(14,4),
  add_to_carts bigint,
  purchases bigint,
  purchase_value numeric(14,4),
  roas numeric(14,4),
  video_views bigint,
  video_p25_watched bigint,
  video_p50_watched bigint,
  video_p75_watched bigint,
  video_p100_watched bigint,
  raw_actions jsonb,
  brand_id uuid,
  fetched_at timestamp with time zone not null default now(),
  currency text,
  constraint meta_ads_performance_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brands(id) ON DELETE CASCADE,
  constraint meta_ads_performance_meta_ad_id_date_key UNIQUE (meta_ad_id, date),
  constraint meta_ads_performance_pkey PRIMARY KEY (id)
);
CREATE INDEX meta_ads_performance_brand ON public.meta_ads_performance USING btree (brand_id, date);

create table meta_insights_fetches (
  run_id uuid not null,
  meta_ad_account_id text not null,
  since date not null,
  until date not null,
  row_count bigint not null,
  kept_ads text[] not null default '{}'::text[],
  fetched_at timestamp with time zone not null default now(),
  constraint meta_insights_fetches_pkey PRIMARY KEY (run_id, meta_ad_account_id)
);

create table meta_insights_staging (
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
  constraint meta_insights_staging_pkey PRIMARY KEY (run_id, meta_ad_account_id, meta_ad_id, date)
);

create table mute_rules (
  id uuid not null default gen_random_uuid(),
  organization_id uuid not null,
  brand_id uuid,
  dataset_key text,
  job_type text,
  kind text,
  until timestamp with time zone,
  note text,
  created_at timestamp with time zone not null default now(),
  created_by text not null,
  constraint mute_rules_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brands(id) ON DELETE CASCADE,
  constraint mute_rules_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE,
  constraint mute_rules_pkey PRIMARY KEY (id)
);
CREATE INDEX mute_rules_organization ON public.mute_rules USING btree (organization_id);
CREATE TRIGGER mute_rules_changed AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.mute_rules FOR EACH STATEMENT WHEN ((current_setting('pipeline_manager.agent'::text, true) IS DISTINCT FROM 'on'::text)) EXECUTE FUNCTION pipeline_manager_changed('incidents');

create table notification_events (
  event_id bigint not null,
  channel text not null,
  notification_id uuid not null,
  constraint notification_events_event_id_fkey FOREIGN KEY (event_id) REFERENCES incident_events(id) ON DELETE CASCADE,
  constraint notification_events_notification_id_fkey FOREIGN KEY (notification_id) REFERENCES notifications(id) ON DELETE CASCADE,
  constraint notification_events_pkey PRIMARY KEY (event_id, channel)
);
CREATE INDEX notification_events_notification ON public.notification_events USING btree (notification_id);

create table notification_routes (
  id uuid not null default gen_random_uuid(),
  organization_id uuid not null,
  channel text not null,
  kinds text[],
  brand_ids uuid[],
  tells_resolved boolean not null,
  enabled boolean not null,
  changed_at timestamp with time zone not null default now(),
  changed_by text not null,
  after_minutes integer,
  person text,
  repeat_minutes integer,
  brand_groups text[],
  brand_group_keys text[],
  constraint notification_routes_after_check CHECK (((after_minutes >= 1) AND (after_minutes <= 1440))),
  constraint notification_routes_groups_check CHECK ((((brand_groups IS NULL) = (brand_group_keys IS NULL)) AND COALESCE((cardinality(brand_groups) = cardinality(brand_group_keys)), true))),
  constraint notification_routes_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE,
  constraint notification_routes_person_check CHECK (((person IS NULL) OR (after_minutes IS NULL))),
  constraint notification_routes_pkey PRIMARY KEY (id),
  constraint notification_routes_repeat_check CHECK (((repeat_minutes IS NULL) OR (((repeat_minutes >= 1) AND (repeat_minutes <= 1440)) AND (after_minutes IS NOT NULL))))
);
CREATE INDEX notification_routes_organization ON public.notification_routes USING btree (organization_id);
CREATE TRIGGER notification_routes_changed AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.notification_routes FOR EACH STATEMENT WHEN ((current_setting('pipeline_manager.agent'::text, true) IS DISTINCT FROM 'on'::text)) EXECUTE FUNCTION pipeline_manager_changed('incidents');
CREATE TRIGGER notification_routes_dispatch AFTER INSERT OR DELETE OR UPDATE ON public.notification_routes FOR EACH STATEMENT EXECUTE FUNCTION pipeline_manager_routes_changed();

create table notification_settings (
  organization_id uuid not null,
  kinds jsonb not null default '{}'::jsonb,
  remind_every_minutes integer,
  quiet_hours jsonb,
  changed_at timestamp with time zone not null default now(),
  changed_by text not null,
  constraint notification_settings_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE,
  constraint notification_settings_pkey PRIMARY KEY (organization_id),
  constraint notification_settings_remind_check CHECK (((remind_every_minutes >= 60) AND (remind_every_minutes <= 10080)))
);
CREATE TRIGGER notification_settings_changed AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.notification_settings FOR EACH STATEMENT WHEN ((current_setting('pipeline_manager.agent'::text, true) IS DISTINCT FROM 'on'::text)) EXECUTE FUNCTION pipeline_manager_changed('incidents');

create table notifications (
  id uuid not null default gen_random_uuid(),
  incident_id uuid,
  transition text,
  channel text not null,
  created_at timestamp with time zone not null default now(),
  failure text,
  sequence bigint not null generated always as identity,
  organization_id uuid,
  channel_type text,
  state text not null default 'pending'::text,
  is_test boolean not null default false,
  for_agent text,
  transitions integer not null default 1,
  title text not null default ''::text,
  message jsonb not null default '{}'::jsonb,
  held_for text,
  queued_at timestamp with time zone default now(),
  next_try_at timestamp with time zone default now(),
  attempts integer not null default 0,
  agent_id uuid,
  sending_at timestamp with time zone,
  was_lost boolean not null default false,
  ended_at timestamp with time zone,
  answer text,
  requested_by text,
  constraint notifications_held_for_check CHECK ((held_for = ANY (ARRAY['quiet_hours'::text, 'flapping'::text]))),
  constraint notifications_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES incidents(id) ON DELETE CASCADE,
  constraint notifications_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE,
  constraint notifications_pkey PRIMARY KEY (id),
  constraint notifications_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'held'::text, 'sending'::text, 'delivered'::text, 'failed'::text, 'dropped'::text])))
);
CREATE INDEX notifications_channel ON public.notifications USING btree (channel, sequence DESC);
CREATE INDEX notifications_created ON public.notifications USING btree (created_at);
CREATE INDEX notifications_due ON public.notifications USING btree (channel, next_try_at) WHERE (state = 'pending'::text);
CREATE INDEX notifications_failed ON public.notifications USING btree (channel, ended_at DESC) WHERE (state = 'failed'::text);
CREATE UNIQUE INDEX notifications_held ON public.notifications USING btree (COALESCE(organization_id, '00000000-0000-0000-0000-000000000000'::uuid), channel, held_for) WHERE (state = 'held'::text);
CREATE INDEX notifications_incident ON public.notifications USING btree (incident_id) WHERE (incident_id IS NOT NULL);
CREATE INDEX notifications_list ON public.notifications USING btree (organization_id, sequence DESC);
CREATE INDEX notifications_open ON public.notifications USING btree (channel, state) WHERE (state = ANY (ARRAY['pending'::text, 'sending'::text, 'held'::text]));
CREATE TRIGGER notifications_changed AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.notifications FOR EACH STATEMENT WHEN ((current_setting('pipeline_manager.agent'::text, true) IS DISTINCT FROM 'on'::text)) EXECUTE FUNCTION pipeline_manager_changed('incidents');

create table operator_actions (
  id bigint not null generated always as identity,
  happened_at timestamp with time zone not null default now(),
  operator text not null,
  door text not null,
  organization_id uuid,
  action text not null,
  subject_type text not null,
  subject_id text not null,
  state_before jsonb,
  state_after jsonb,
  constraint operator_actions_door_check CHECK ((door = ANY (ARRAY['cli'::text, 'console'::text, 'api'::text, 'agent'::text]))),
  constraint operator_actions_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE SET NULL,
  constraint operator_actions_pkey PRIMARY KEY (id)
);
CREATE INDEX operator_actions_happened ON public.operator_actions USING btree (happened_at DESC, id DESC);
CREATE INDEX operator_actions_organization ON public.operator_actions USING btree (organization_id, id DESC);
CREATE INDEX operator_actions_subject ON public.operator_actions USING btree (subject_type, subject_id, happened_at DESC);

create table organization_features (
  organization_id uuid not null,
  feature text not null,
  enabled boolean not null,
  changed_at timestamp with time zone not null default now(),
  changed_by text,
  constraint organization_features_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE,
  constraint organization_features_pkey PRIMARY KEY (organization_id, feature)
);
CREATE TRIGGER organization_features_changed AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.organization_features FOR EACH STATEMENT WHEN ((current_setting('pipeline_manager.agent'::text, true) IS DISTINCT FROM 'on'::text)) EXECUTE FUNCTION pipeline_manager_changed('features');

create table organizations (
  id uuid not null default gen_random_uuid(),
  name text not null,
  created_at timestamp with time zone not null default now(),
  constraint organizations_pkey PRIMARY KEY (id)
);
CREATE TRIGGER organizations_changed AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.organizations FOR EACH STATEMENT WHEN ((current_setting('pipeline_manager.agent'::text, true) IS DISTINCT FROM 'on'::text)) EXECUTE FUNCTION pipeline_manager_changed('brands');
CREATE TRIGGER organizations_external_runs AFTER DELETE ON public.organizations REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION external_runs_of_organizations();

create table ping_checks (
  id uuid not null default gen_random_uuid(),
  organization_id uuid not null,
  brand_id uuid not null,
  dataset_key text not null,
  name text not null,
  slug text not null,
  code uuid not null default gen_random_uuid(),
  period_seconds integer,
  cron_expression text,
  time_zone text,
  grace_seconds integer not null,
  resumes_by_hand boolean not null default false,
  policy_hours numeric(8,2),
  changed_at timestamp with time zone not null default now(),
  changed_by text not null,
  removed_at timestamp with time zone,
  status text not null default 'new'::text,
  last_ping_at timestamp with time zone,
  last_duration_ms bigint,
  open_runs jsonb not null default '[]'::jsonb,
  pings bigint not null default 0,
  last_log text,
  constraint ping_checks_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brands(id) ON DELETE CASCADE,
  constraint ping_checks_code_key UNIQUE (code),
  constraint ping_checks_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE,
  constraint ping_checks_pkey PRIMARY KEY (id),
  constraint ping_checks_schedule_check CHECK (((period_seconds IS NULL) = ((cron_expression IS NOT NULL) AND (time_zone IS NOT NULL)))),
  constraint ping_checks_status_check CHECK ((status = ANY (ARRAY['new'::text, 'up'::text, 'down'::text, 'paused'::text])))
);
CREATE UNIQUE INDEX ping_checks_dataset ON public.ping_checks USING btree (brand_id, dataset_key) WHERE (removed_at IS NULL);
CREATE INDEX ping_checks_organization ON public.ping_checks USING btree (organization_id);
CREATE INDEX ping_checks_slug ON public.ping_checks USING btree (brand_id, slug) WHERE (removed_at IS NULL);
CREATE TRIGGER ping_checks_changed AFTER INSERT OR DELETE OR UPDATE OF changed_at, removed_at, code OR TRUNCATE ON public.ping_checks FOR EACH STATEMENT WHEN ((current_setting('pipeline_manager.agent'::text, true) IS DISTINCT FROM 'on'::text)) EXECUTE FUNCTION pipeline_manager_changed('policies');

create table ping_keys (
  brand_id uuid not null,
  organization_id uuid not null,
  key text not null,
  changed_at timestamp with time zone not null default now(),
  changed_by text not null,
  constraint ping_keys_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brands(id) ON DELETE CASCADE,
  constraint ping_keys_key_key UNIQUE (key),
  constraint ping_keys_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE,
  constraint ping_keys_pkey PRIMARY KEY (brand_id)
);

create table pipeline_migrations (
  name text not null,
  checksum text not null,
  applied_at timestamp with time zone not null default now(),
  duration_ms integer not null,
  program_version text,
  constraint pipeline_migrations_pkey PRIMARY KEY (name)
);

create table run_artifacts (
  run_id uuid not null,
  name text not null,
  media_type text not null,
  content text not null,
  created_at timestamp with time zone not null default now(),
  constraint run_artifacts_pkey PRIMARY KEY (run_id, name)
);

create table run_logs (
  run_id uuid not null,
  seq integer not null,
  logged_at timestamp with time zone not null,
  level text not null,
  step_key text,
  message text not null,
  constraint run_logs_pkey PRIMARY KEY (run_id, seq)
);

create table run_steps (
  run_id uuid not null,
  "position" smallint not null,
  step_key text not null,
  status text not null,
  fatal boolean not null,
  dataset_key text,
  started_at timestamp with time zone,
  completed_at timestamp with time zone,
  records_affected bigint,
  progress_done bigint,
  progress_total bigint,
  error_message text,
  metadata jsonb not null default '{}'::jsonb,
  constraint run_steps_pkey PRIMARY KEY (run_id, "position"),
  constraint run_steps_status_check CHECK ((status = ANY (ARRAY['running'::text, 'completed'::text, 'failed'::text, 'skipped'::text, 'cancelled'::text, 'unknown'::text])))
);

create table scheduled_job_runs (
  id uuid not null default gen_random_uuid(),
  scheduled_job_id uuid not null,
  status text not null default 'pending'::text,
  started_at timestamp with time zone,
  completed_at timestamp with time zone,
  error_message text,
  logs text,
  metadata jsonb,
  created_at timestamp with time zone not null default now(),
  attempt_number integer not null default 1,
  agent_id uuid,
  run_token uuid,
  lease_expires_at timestamp with time zone,
  heartbeat_at timestamp with time zone,
  scheduled_for timestamp with time zone,
  trigger_source text,
  requested_by text,
  parameters jsonb,
  records_affected bigint,
  cancel_requested_at timestamp with time zone,
  cancel_requested_by text,
  problem text,
  brand_id uuid,
  job_type text,
  continues_run_id uuid,
  decision jsonb,
  constraint scheduled_job_runs_pkey PRIMARY KEY (id),
  constraint scheduled_job_runs_scheduled_job_id_fkey FOREIGN KEY (scheduled_job_id) REFERENCES scheduled_jobs(id) ON DELETE CASCADE,
  constraint scheduled_job_runs_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'running'::text, 'completed'::text, 'failed'::text, 'cancelled'::text])))
);
CREATE INDEX scheduled_job_runs_agent ON public.scheduled_job_runs USING btree (agent_id, started_at DESC, id DESC) WHERE (agent_id IS NOT NULL);
CREATE INDEX scheduled_job_runs_asked ON public.scheduled_job_runs USING btree (started_at DESC, id DESC) WHERE (trigger_source <> 'scheduled'::text);
CREATE INDEX scheduled_job_runs_brand ON public.scheduled_job_runs USING btree (brand_id, started_at DESC, id DESC) INCLUDE (agent_id);
CREATE INDEX scheduled_job_runs_foreign ON public.scheduled_job_runs USING btree (started_at) WHERE (agent_id IS NULL);
CREATE INDEX scheduled_job_runs_job ON public.scheduled_job_runs USING btree (scheduled_job_id, started_at DESC, id DESC);
CREATE INDEX scheduled_job_runs_problem ON public.scheduled_job_runs USING btree (started_at DESC, id DESC) WHERE (problem IS NOT NULL);
CREATE INDEX scheduled_job_runs_problem_brand ON public.scheduled_job_runs USING btree (brand_id, started_at DESC, id DESC) WHERE (problem IS NOT NULL);
CREATE INDEX scheduled_job_runs_problem_type ON public.scheduled_job_runs USING btree (job_type, started_at DESC, id DESC) WHERE (problem IS NOT NULL);
CREATE INDEX scheduled_job_runs_retry ON public.scheduled_job_runs USING btree (started_at DESC, id DESC) WHERE (attempt_number > 1);
CREATE INDEX scheduled_job_runs_started ON public.scheduled_job_runs USING btree (started_at DESC, id DESC);
CREATE INDEX scheduled_job_runs_type ON public.scheduled_job_runs USING btree (job_type, started_at DESC, id DESC);
CREATE TRIGGER scheduled_job_runs_cascade AFTER DELETE ON public.scheduled_job_runs REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION scheduled_job_runs_cascade();
CREATE TRIGGER scheduled_job_runs_changed AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.scheduled_job_runs FOR EACH STATEMENT WHEN ((current_setting('pipeline_manager.agent'::text, true) IS DISTINCT FROM 'on'::text)) EXECUTE FUNCTION pipeline_manager_changed('runs');
CREATE TRIGGER scheduled_job_runs_fill BEFORE INSERT ON public.scheduled_job_runs FOR EACH ROW WHEN ((new.job_type IS NULL)) EXECUTE FUNCTION scheduled_job_runs_fill();
CREATE TRIGGER scheduled_job_runs_foreign_problem AFTER INSERT OR UPDATE OF status ON public.scheduled_job_runs FOR EACH ROW WHEN (((new.agent_id IS NULL) AND (((new.problem IS NULL) AND (new.status = ANY (ARRAY['failed'::text, 'cancelled'::text]))) OR ((new.problem = ANY (ARRAY['failed'::text, 'cancelled'::text])) AND (new.status <> ALL (ARRAY['failed'::text, 'cancelled'::text])))))) EXECUTE FUNCTION scheduled_job_runs_foreign_problem();
CREATE TRIGGER scheduled_job_runs_wake_cancel AFTER UPDATE OF cancel_requested_at ON public.scheduled_job_runs FOR EACH STATEMENT EXECUTE FUNCTION pipeline_manager_wake('cancel');

create table scheduled_jobs (
  id uuid not null default gen_random_uuid(),
  brand_id uuid,
  product_id uuid,
  name text not null,
  job_type text not null,
  schedule_type text not null,
  cron_expression text,
  next_run_at timestamp with time zone,
  status text not null default 'active'::text,
  max_runs integer,
  runs_completed integer not null default 0,
  parameters jsonb not null default '{}'::jsonb,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  trigger_source text not null default 'scheduled'::text,
  max_retries integer not null default 3,
  last_error text,
  time_zone text,
  priority smallint not null default 1,
  timeout_minutes integer,
  concurrency_key text,
  overlap_policy text not null default 'queue'::text,
  catch_up_policy text not null default 'latest'::text,
  version integer not null default 1,
  requested_by text,
  current_run_id uuid,
  next_attempt integer,
  last_run_id uuid,
  last_run_status text,
  last_run_finished_at timestamp with time zone,
  last_run_duration_ms bigint,
  first_run_id uuid,
  backfill_id uuid,
  continues_run_id uuid,
  continues_at_step text,
  alert_after integer,
  constraint scheduled_jobs_alert_after_check CHECK (((alert_after >= 1) AND (alert_after <= 20))),
  constraint scheduled_jobs_backfill_id_fkey FOREIGN KEY (backfill_id) REFERENCES backfills(id) ON DELETE SET NULL,
  constraint scheduled_jobs_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brands(id) ON DELETE CASCADE,
  constraint scheduled_jobs_concurrency_key_check CHECK (((length(concurrency_key) >= 1) AND (length(concurrency_key) <= 255))),
  constraint scheduled_jobs_pkey PRIMARY KEY (id),
  constraint scheduled_jobs_status_check CHECK ((status = ANY (ARRAY['active'::text, 'paused'::text, 'completed'::text, 'archived'::text])))
);
CREATE INDEX scheduled_jobs_backfill ON public.scheduled_jobs USING btree (backfill_id) WHERE (backfill_id IS NOT NULL);
CREATE INDEX scheduled_jobs_brand ON public.scheduled_jobs USING btree (brand_id, job_type);
CREATE INDEX scheduled_jobs_concurrency_key ON public.scheduled_jobs USING btree (concurrency_key) WHERE (concurrency_key IS NOT NULL);
CREATE INDEX scheduled_jobs_due ON public.scheduled_jobs USING btree (priority, next_run_at) WITH (deduplicate_items=off) WHERE ((status = 'active'::text) AND (next_run_at IS NOT NULL));
CREATE INDEX scheduled_jobs_retrying ON public.scheduled_jobs USING btree (next_run_at, id) WHERE ((status = 'active'::text) AND (next_attempt > 1) AND (next_run_at IS NOT NULL) AND (current_run_id IS NULL));
CREATE UNIQUE INDEX scheduled_jobs_running ON public.scheduled_jobs USING btree (COALESCE(concurrency_key, ((COALESCE((brand_id)::text, 'platform'::text) || ':'::text) || job_type))) WHERE (current_run_id IS NOT NULL);
CREATE INDEX scheduled_jobs_unplanned ON public.scheduled_jobs USING btree (id) WHERE ((status = 'active'::text) AND (next_run_at IS NULL) AND (current_run_id IS NULL));
CREATE TRIGGER scheduled_jobs_changed AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.scheduled_jobs FOR EACH STATEMENT WHEN ((current_setting('pipeline_manager.agent'::text, true) IS DISTINCT FROM 'on'::text)) EXECUTE FUNCTION pipeline_manager_changed('jobs');
CREATE TRIGGER scheduled_jobs_refuse AFTER INSERT OR UPDATE OF priority, overlap_policy, catch_up_policy, timeout_minutes, trigger_source ON public.scheduled_jobs FOR EACH ROW EXECUTE FUNCTION scheduled_jobs_refuse();
CREATE TRIGGER scheduled_jobs_wake_inserted AFTER INSERT ON public.scheduled_jobs REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT WHEN ((current_setting('pipeline_manager.agent'::text, true) IS DISTINCT FROM 'on'::text)) EXECUTE FUNCTION pipeline_manager_wake_inserted();
CREATE TRIGGER scheduled_jobs_wake_updated AFTER UPDATE OF next_run_at, status ON public.scheduled_jobs FOR EACH STATEMENT WHEN ((current_setting('pipeline_manager.agent'::text, true) IS DISTINCT FROM 'on'::text)) EXECUTE FUNCTION pipeline_manager_wake('jobs');
