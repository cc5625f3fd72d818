import type { Database, Statement } from './database.ts'

/*
 * meta_ads_performance: one row per ad and day, as Meta reports them. Saving moves rows there from the staging table,
 * inside one transaction of the caller: a window is there whole, or as it was before.
 */

export interface StagedFetch {
  readonly accountId: string
  readonly since: string
  readonly until: string
  /** How many rows were staged. */
  readonly rowCount: number
  /** How many are still there. Fewer: the server crashed in between. */
  readonly present: number
}

const fetchesStatement: Statement = {
  name: 'list_staged_fetches',
  text: `
select fetched.meta_ad_account_id as "accountId", fetched.since::text, fetched.until::text,
  fetched.row_count as "rowCount",
  (
    select count(*) from meta_insights_staging staged
    where staged.run_id = fetched.run_id and staged.meta_ad_account_id = fetched.meta_ad_account_id
  ) as present
from meta_insights_fetches fetched
where fetched.run_id = $1::uuid
order by fetched.meta_ad_account_id`,
}

/** What a run has fetched completely. */
export async function listStagedFetches(database: Database, runId: string): Promise<StagedFetch[]> {
  return database.query<StagedFetch>(fetchesStatement, [runId])
}

const stillRunningStatement: Statement = {
  name: 'is_run_still_running',
  text: `select exists (select from scheduled_job_runs where id = $1::uuid and completed_at is null) as running`,
}

/** J3: a run that was taken over saves nothing. */
export async function isRunStillRunning(database: Database, runId: string): Promise<boolean> {
  const [row] = await database.query<{ running: boolean }>(stillRunningStatement, [runId])
  return row?.running ?? false
}

/*
 * A difference of sets, not "not exists": the planner thinks that a table which was filled a moment ago is nearly empty, and would look
 * through all of it for each of 180,000 rows.
 */
const removeStatement: Statement = {
  name: 'remove_vanished_insights',
  text: `
with fetched as (
  select * from meta_insights_fetches where run_id = $1::uuid and meta_ad_account_id = $3::text
), vanished as materialized (
  select known.meta_ad_id, known.date
  from meta_ads_performance known
  join fetched on known.date between fetched.since and fetched.until
  where known.brand_id = $2::uuid
    and regexp_replace(known.meta_ad_account_id, '^act_', '') = regexp_replace($3::text, '^act_', '')
    and known.meta_ad_id <> all (fetched.kept_ads)
  except all
  select staged.meta_ad_id, staged.date
  from meta_insights_staging staged
  where staged.run_id = $1::uuid and staged.meta_ad_account_id = $3::text
), removed as (
  delete from meta_ads_performance known
  using vanished
  where known.meta_ad_id = vanished.meta_ad_id and known.date = vanished.date and known.brand_id = $2::uuid
  returning 1
)
select count(*) as removed from removed`,
}

/** Removes the rows of the window that Meta does not report any more. Before anything is moved. Returns how many. */
export async function removeVanishedInsights(
  database: Database,
  { runId, brandId, accountId }: { readonly runId: string; readonly brandId: string; readonly accountId: string },
): Promise<number> {
  const [row] = await database.query<{ removed: number }>(removeStatement, [runId, brandId, accountId])
  return row?.removed ?? 0
}

/** Every column that Meta decides. */
const measures = [
  'campaign_id',
  'campaign_name',
  'ad_name',
  'currency',
  'spend',
  'impressions',
  'reach',
  'frequency',
  'link_clicks',
  'link_ctr',
  'link_cpc',
  'add_to_carts',
  'purchases',
  'purchase_value',
  'roas',
  'video_views',
  'video_p25_watched',
  'video_p50_watched',
  'video_p75_watched',
  'video_p100_watched',
  'raw_actions',
]
const columns = ['meta_ad_account_id', ...measures, 'brand_id']
const listOf = (prefix: string): string => columns.map((column) => `${prefix}.${column}`).join(', ')

/**
 * What we work out from the others. A narrow column of an older table may not hold it; then it is unknown, and the rest
 * is kept.
 */
const ratios = ['frequency', 'link_ctr', 'link_cpc', 'roas']

function selected(column: string): string {
  if (column === 'brand_id') return '$2::uuid'
  if (!ratios.includes(column)) return `batch.${column}`
  return `case when abs(batch.${column}) < (select most from room where column_name = '${column}') then batch.${column} end`
}

/*
 * Rows move in batches, so that no statement takes long. What is compared is `excluded`, which has already been fitted
 * to the columns: an older table that keeps two digits of what we send with four is not "changed" at every sync.
 */
const moveStatement: Statement = {
  name: 'move_staged_insights',
  text: `
with batch as (
  delete from meta_insights_staging
  where ctid = any (array(
    select ctid from meta_insights_staging
    where run_id = $1::uuid and meta_ad_account_id = $3::text
    limit $4::integer
  ))
  returning *
), room as (
  select column_name, coalesce(10 ^ (numeric_precision - numeric_scale) - 1, 'infinity') as most
  from information_schema.columns
  where table_schema = any (current_schemas(false)) and table_name = 'meta_ads_performance' and data_type = 'numeric'
), saved as (
  insert into meta_ads_performance as known (meta_ad_id, date, ${columns.join(', ')})
  select batch.meta_ad_id, batch.date, ${columns.map(selected).join(', ')}
  from batch
  on conflict (meta_ad_id, date) do update
  set ${columns.map((column) => `${column} = excluded.${column}`).join(', ')}, fetched_at = now()
  where (${listOf('known')}) is distinct from (${listOf('excluded')})
  returning (known.xmax = 0) as is_new
)
select (select count(*) from batch) as moved,
  count(*) filter (where is_new) as added, count(*) filter (where not is_new) as changed
from saved`,
}

export interface MovedInsights {
  /** Zero when there is nothing left to move. */
  readonly moved: number
  readonly added: number
  readonly changed: number
}

/** Moves at most `limit` rows of an account; a row that is the same already is left alone. */
export async function moveStagedInsights(
  database: Database,
  batch: {
    readonly runId: string
    readonly brandId: string
    readonly accountId: string
    readonly limit: number
  },
): Promise<MovedInsights> {
  const values = [batch.runId, batch.brandId, batch.accountId, batch.limit]
  const [row] = await database.query<MovedInsights>(moveStatement, values)
  return row ?? { moved: 0, added: 0, changed: 0 }
}
