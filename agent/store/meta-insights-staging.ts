import type { AdDay } from '../connectors/meta/insight-row.ts'
import type { Database, Statement } from './database.ts'

/*
 * What a run of meta_sync has fetched and not saved yet. Rows are staged page by page, whatever order and however often they come;
 * only a fetch that is complete is noted, and only what is noted is saved (meta-ads-performance.ts).
 */

const stageStatement: Statement = {
  name: 'stage_insights',
  text: `
insert into meta_insights_staging (
  run_id, meta_ad_account_id, meta_ad_id, date, campaign_id, campaign_name, ad_name, currency, spend, impressions, reach,
  frequency, link_clicks, link_ctr, link_cpc, add_to_carts, purchases, purchase_value, roas, video_views,
  video_p25_watched, video_p50_watched, video_p75_watched, video_p100_watched, raw_actions
)
select $1::uuid, $2::text, row."adId", row.date, row."campaignId", row."campaignName", row."adName", row.currency,
  row.spend, row.impressions, row.reach, row.frequency, row."linkClicks", row."linkCtr", row."linkCpc", row."addToCarts",
  row.purchases, row."purchaseValue", row.roas, row."videoViews", row."videoP25", row."videoP50", row."videoP75",
  row."videoP100", row."rawActions"
from json_to_recordset($3::json) as row (
  "adId" text, date date, "campaignId" text, "campaignName" text, "adName" text, currency text, spend numeric,
  impressions bigint, reach bigint, frequency numeric, "linkClicks" bigint, "linkCtr" numeric, "linkCpc" numeric,
  "addToCarts" bigint, purchases bigint, "purchaseValue" numeric, roas numeric, "videoViews" bigint, "videoP25" bigint,
  "videoP50" bigint, "videoP75" bigint, "videoP100" bigint, "rawActions" jsonb
)
on conflict (run_id, meta_ad_account_id, meta_ad_id, date) do update
set campaign_id = excluded.campaign_id, campaign_name = excluded.campaign_name, ad_name = excluded.ad_name,
  currency = excluded.currency, spend = excluded.spend, impressions = excluded.impressions, reach = excluded.reach,
  frequency = excluded.frequency, link_clicks = excluded.link_clicks, link_ctr = excluded.link_ctr,
  link_cpc = excluded.link_cpc, add_to_carts = excluded.add_to_carts, purchases = excluded.purchases,
  purchase_value = excluded.purchase_value, roas = excluded.roas, video_views = excluded.video_views,
  video_p25_watched = excluded.video_p25_watched, video_p50_watched = excluded.video_p50_watched,
  video_p75_watched = excluded.video_p75_watched, video_p100_watched = excluded.video_p100_watched,
  raw_actions = excluded.raw_actions`,
}

/** Keeps rows of a page, exact decimals as texts; a row that came before is replaced. No ad and day twice in one call. */
export async function stageInsights(
  database: Database,
  runId: string,
  accountId: string,
  rows: readonly AdDay[],
): Promise<void> {
  await database.query(stageStatement, [runId, accountId, JSON.stringify(rows)])
}

const vanishedStatement: Statement = {
  name: 'list_vanished_ads',
  text: `
select known.meta_ad_id as "adId"
from meta_ads_performance known
where known.brand_id = $2::uuid and known.date between $4::date and $5::date
  and regexp_replace(known.meta_ad_account_id, '^act_', '') = regexp_replace($3::text, '^act_', '')
-- Not "not exists", for the reason of remove_vanished_insights.
except
select staged.meta_ad_id
from meta_insights_staging staged
where staged.run_id = $1::uuid and staged.meta_ad_account_id = $3::text
order by 1`,
}

/** An account's days in a run. */
export interface FetchedWindow {
  readonly runId: string
  readonly brandId: string
  readonly accountId: string
  /** `2026-03-02`, both included. */
  readonly since: string
  readonly until: string
}

/** Ads that have rows in the window, of which the answer had none at all. */
export async function listVanishedAds(database: Database, window: FetchedWindow): Promise<string[]> {
  const { runId, brandId, accountId, since, until } = window
  const rows = await database.query<{ adId: string }>(vanishedStatement, [runId, brandId, accountId, since, until])
  return rows.map(({ adId }) => adId)
}

const completeStatement: Statement = {
  name: 'complete_insights_fetch',
  text: `
insert into meta_insights_fetches (run_id, meta_ad_account_id, since, until, row_count, kept_ads)
select $1::uuid, $2::text, $3::date, $4::date, count(*), $5::text[]
from meta_insights_staging where run_id = $1::uuid and meta_ad_account_id = $2::text
returning row_count as "rowCount"`,
}

/** Notes that everything of the window is staged. `keptAds`: whose rows stay although they are missing. Returns how many rows there are. */
export async function completeInsightsFetch(
  database: Database,
  { runId, accountId, since, until }: FetchedWindow,
  keptAds: readonly string[],
): Promise<number> {
  const [row] = await database.query<{ rowCount: number }>(completeStatement, [runId, accountId, since, until, keptAds])
  return row?.rowCount ?? 0
}

/** Staged by this run, or by one that is over, whoever ran it. */
const abandoned = (table: string): string => `
delete from ${table} staged
where staged.run_id = $1::uuid
  or not exists (select from scheduled_job_runs run where run.id = staged.run_id and run.completed_at is null)`

const clearStatements: readonly Statement[] = [
  { name: 'clear_insights_fetches', text: abandoned('meta_insights_fetches') },
  { name: 'clear_insights_staging', text: abandoned('meta_insights_staging') },
]

/** Forgets what this run has staged, and what runs left behind that did not get to saving. */
export async function clearStagedInsights(database: Database, runId: string): Promise<void> {
  for (const statement of clearStatements) await database.query(statement, [runId])
}
