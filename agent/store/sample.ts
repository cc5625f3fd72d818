import type { Database, Statement } from './database.ts'

/*
 * The sample workspace in the database: one organization with everything below it, and a schema `sample` for the tables that
 * its pipelines write. The table sample.workspace says which organization it is; a name alone would prove nothing.
 */

export interface SampleJob {
  readonly name: string
  readonly jobType: string
  readonly cron: string
  /** Seconds from loading to the first run; null = paused, so that it never ran. */
  readonly startsInSeconds: number | null
}

export interface SampleBrand {
  readonly name: string
  readonly jobs: readonly SampleJob[]
  /** Maximum ages of this brand alone, in hours by dataset key. */
  readonly maxAgeHours: Readonly<Record<string, number>>
  /** Its account at the simulator of Meta; null = none. */
  readonly adAccount: string | null
  /** What it searches the Ad Library for; null = nothing. */
  readonly librarySearch: string | null
}

const newDatabaseStatement: Statement = {
  name: 'is_new_database',
  text: `select not exists (select from organizations) and not exists (select from agents) as "isNew"`,
}

/** Nobody has put anything here, and no agent has ever worked here: a sample that was removed does not come back. */
export async function isNewDatabase(database: Database): Promise<boolean> {
  const [row] = await database.query<{ isNew: boolean }>(newDatabaseStatement, [])
  return row?.isNew ?? false
}

const schemaStatement: Statement = {
  name: 'sample_schema',
  text: `
select to_regnamespace('sample') is not null as "schemaExists", to_regclass('sample.workspace') is not null as "isOurs"`,
}

/** `foreign`: there is a schema of that name, and it is not ours. */
export async function sampleState(database: Database): Promise<'none' | 'loaded' | 'foreign'> {
  const [row] = await database.query<{ schemaExists: boolean; isOurs: boolean }>(schemaStatement, [])
  if (row?.isOurs === true) return 'loaded'
  return row?.schemaExists === true ? 'foreign' : 'none'
}

const tableTexts = [
  `create schema sample`,
  `comment on schema sample is 'The sample workspace of Pipeline Manager. "pm sample remove" drops it.'`,
  `create table sample.workspace (
     organization_id uuid primary key references public.organizations (id) on delete cascade,
     loaded_at timestamptz not null default now()
   )`,
  `create table sample.database_activity (
     brand_id uuid not null,
     captured_at timestamptz not null,
     database_name text not null,
     connections integer not null,
     commits bigint not null,
     rollbacks bigint not null,
     rows_read bigint not null,
     rows_written bigint not null,
     cache_hit_ratio numeric,
     primary key (brand_id, captured_at, database_name)
   )`,
  `create table sample.daily_report (
     brand_id uuid not null,
     day date not null,
     job_type text not null,
     result text not null,
     runs bigint not null,
     primary key (brand_id, day, job_type, result)
   )`,
]

/** Inside a transaction of the caller. */
export async function createSampleTables(database: Database): Promise<void> {
  for (const [index, text] of tableTexts.entries()) await database.query({ name: `create_sample_${index}`, text }, [])
}

const organizationStatement: Statement = {
  name: 'insert_sample_organization',
  text: `
with organization as (insert into organizations (name) values ($1::text) returning id),
marked as (insert into sample.workspace (organization_id) select id from organization),
switched_on as (
  insert into organization_features (organization_id, feature, enabled, changed_by)
  select id, 'PIPELINE_MANAGER', true, 'sample' from organization
)
select id from organization`,
}

/** Returns its id. */
export async function insertSampleOrganization(database: Database, name: string): Promise<string> {
  const [row] = await database.query<{ id: string }>(organizationStatement, [name])
  if (row === undefined) throw new Error('The sample organization was not inserted.')
  return row.id
}

const brandStatement: Statement = {
  name: 'insert_sample_brand',
  text: `
with brand as (insert into brands (organization_id, name) values ($1::uuid, $2::text) returning id),
policies as (
  insert into dataset_policies (brand_id, dataset_key, max_age_hours, changed_by)
  select brand.id, policy.key, policy.value::numeric, 'sample' from brand, jsonb_each_text($3::jsonb) policy
),
account as (
  insert into brand_ad_accounts (brand_id, meta_ad_account_id, is_primary)
  select brand.id, $5::text, true from brand where $5::text is not null
),
search as (
  insert into brand_library_searches (brand_id, terms, countries, created_by)
  select brand.id, $6::text, '{DE}', 'sample' from brand where $6::text is not null
)
insert into scheduled_jobs (
  brand_id, name, job_type, schedule_type, cron_expression, time_zone, status, next_run_at, requested_by
)
select brand.id, job.name, job."jobType", 'recurring', job.cron, 'UTC',
       case when job."startsInSeconds" is null then 'paused' else 'active' end,
       now() + make_interval(secs => job."startsInSeconds"), 'sample'
from brand, jsonb_to_recordset($4::jsonb) job(name text, "jobType" text, cron text, "startsInSeconds" integer)`,
}

export async function insertSampleBrand(
  database: Database,
  organizationId: string,
  { name, jobs, maxAgeHours, adAccount, librarySearch }: SampleBrand,
): Promise<void> {
  const values = [organizationId, name, JSON.stringify(maxAgeHours), JSON.stringify(jobs), adAccount, librarySearch]
  await database.query(brandStatement, values)
}

const removeTexts = [
  // Before the organization: what has no foreign key to it, or forgets it, would stay and nobody could say where it belongs.
  `delete from operator_actions where organization_id in (select organization_id from sample.workspace)`,
  `delete from dataset_status_history where brand_id in (
     select brand.id from brands brand join sample.workspace workspace using (organization_id)
   )`,
  `delete from organizations where id in (select organization_id from sample.workspace)`,
  `drop schema sample cascade`,
]

/** Removes everything that was loaded, with all that its runs have written. Inside a transaction of the caller. */
export async function deleteSample(database: Database): Promise<void> {
  for (const [index, text] of removeTexts.entries()) await database.query({ name: `delete_sample_${index}`, text }, [])
}
