import type { Database, Statement } from './database.ts'

/** What the server knows of a table without reading it. */
export interface TableSize {
  readonly table: string
  /** Its estimate; exact shortly after a vacuum. */
  readonly rows: number
  /** Rows ever inserted, since its statistics were reset. */
  readonly inserted: number
  /** Of the rows, of their indexes, and of long values, which are kept apart. */
  readonly heapBytes: number
  readonly indexBytes: number
  readonly toastBytes: number
}

const sizesStatement: Statement = {
  name: 'list_table_sizes',
  text: `
select relation.relname as table,
  case when counted.n_live_tup > 0 then counted.n_live_tup else greatest(relation.reltuples, 0)::bigint end as rows,
  coalesce(counted.n_tup_ins, 0) as inserted, pg_table_size(relation.oid) - size.toast as "heapBytes",
  pg_indexes_size(relation.oid) as "indexBytes", size.toast as "toastBytes"
from unnest($1::text[]) with ordinality as wanted (name, place)
join pg_class relation on relation.oid = to_regclass(wanted.name)
left join pg_stat_all_tables counted on counted.relid = relation.oid
cross join lateral (
  select coalesce(pg_total_relation_size(nullif(relation.reltoastrelid, 0)), 0) as toast
) size
order by wanted.place`,
}

/** In the order asked for; one that is not there is left out. Reads no row of any of them. */
export async function listTableSizes(database: Database, tables: readonly string[]): Promise<TableSize[]> {
  return database.query<TableSize>(sizesStatement, [tables])
}

export interface TableGrowth {
  readonly table: string
  readonly rowsPerDay: number
}

/**
 * What each sweep noted of a table, and what is known now. A count that is lower than the one before was reset in between (a crash does
 * that); then that time says nothing.
 */
const growthStatement: Statement = {
  name: 'list_table_growth',
  text: `
with noted as (
  select noted.table_name, sweep.started_at as at, (noted.facts ->> 'inserted')::bigint as inserted
  from housekeeping_sweeps sweep
  cross join lateral jsonb_each(sweep.tables) as noted (table_name, facts)
  where sweep.started_at > now() - $1::double precision * interval '1 day'
  union all
  select counted.relname, now(), counted.n_tup_ins
  from unnest($2::text[]) as wanted (name)
  join pg_stat_all_tables counted on counted.relid = to_regclass(wanted.name)
), stretch as (
  select table_name, extract(epoch from at - lag(at) over passing) as seconds, inserted - lag(inserted) over passing as more
  from noted
  window passing as (partition by table_name order by at)
)
select table_name as table, (sum(more) / sum(seconds) * 86400)::double precision as "rowsPerDay"
from stretch
where more >= 0 and table_name = any ($2::text[])
group by table_name
having sum(seconds) >= $3::double precision`,
}

/** How fast rows come lately (`days`); a table that was watched for less than `leastSeconds` is left out. */
export async function listTableGrowth(
  database: Database,
  about: { readonly tables: readonly string[]; readonly days: number; readonly leastSeconds: number },
): Promise<TableGrowth[]> {
  return database.query<TableGrowth>(growthStatement, [about.days, about.tables, about.leastSeconds])
}

const sharesStatement: Statement = {
  name: 'run_status_shares',
  text: `
select shares.status, shares.share
from pg_stats
cross join lateral unnest(most_common_vals::text::text[], most_common_freqs) as shares (status, share)
where schemaname = any (current_schemas(false)) and tablename = 'scheduled_job_runs' and attname = 'status'`,
}

/** Status → share of all runs, as the planner believes; empty while it knows nothing. */
export async function runStatusShares(database: Database): Promise<ReadonlyMap<string, number>> {
  const rows = await database.query<{ status: string; share: number }>(sharesStatement, [])
  return new Map(rows.map(({ status, share }) => [status, share]))
}
