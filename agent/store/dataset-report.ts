import type { Database, Statement } from './database.ts'

/** A dataset of a brand whose past is asked for. */
export interface PastQuestion {
  readonly brandId: string
  readonly dataset: string
  /** Gaps between successes that are no longer than this are left out; null = all but the last. Hours. */
  readonly gapHours: number | null
}

/**
 * Instants in ms since 1970. A success counts when it made the data newer than it was: then, and as of when that data is (`fresh_at` of its
 * row, which is before it where the run was for old days).
 */
export interface DatasetPast {
  /** The first success since the first instant asked about, or the last one before it. */
  readonly firstMs: number | null
  /** Successes after which there was a gap, ascending; the last one always is among them. */
  readonly madeMs: readonly number[]
  /** As of when the data of each is. */
  readonly asOfMs: readonly number[]
  /** The success that ended each; null = none has. */
  readonly nextsMs: readonly (number | null)[]
  /** In the window, and in the one before it. What was cancelled, released or put off is none. */
  readonly attempts: number
  readonly successes: number
  readonly attemptsBefore: number
  readonly successesBefore: number
}

const ms = (column: string): string => `floor(date_part('epoch', ${column}) * 1000 + 0.0005)`
const counted = (which: string): string =>
  `(count(*) filter (where has_succeeded is not null and ${which}))::double precision`
const ofDataset = 'brand_id = wanted.brand_id and dataset_key = wanted.dataset_key'

/*
 * One scan of the index by brand and dataset, one look into the small one of results as of an earlier time, and two sorts, for each dataset. Only gaps
 * that a maximum minds leave the server: a due time makes data go stale later than its age alone, never sooner.
 */
const statement: Statement = {
  name: 'read_dataset_pasts',
  text: `
select past.*
from unnest($1::uuid[], $2::text[], $3::double precision[]) with ordinality as wanted (brand_id, dataset_key, hours, place)
cross join lateral (
  select ${ms('min(at) filter (where refreshes)')} as "firstMs",
    coalesce(array_agg(${ms('at')} order by at) filter (where is_gap), '{}') as "madeMs",
    coalesce(array_agg(${ms('as_of')} order by at) filter (where is_gap), '{}') as "asOfMs",
    coalesce(array_agg(${ms('next_at')} order by at) filter (where is_gap), '{}') as "nextsMs",
    ${counted('at >= $5')} as attempts, ${counted('at >= $5 and has_succeeded')} as successes,
    ${counted('at < $5')} as "attemptsBefore", ${counted('at < $5 and has_succeeded')} as "successesBefore"
  from (
    select *, refreshes and (next_at is null or next_at - as_of > wanted.hours * interval '1 hour') as is_gap
    from (
      select *, lead(at) over (partition by refreshes order by at, as_of) as next_at
      from (
        select *, coalesce(
          as_of > coalesce(max(as_of) over (order by at, as_of rows between unbounded preceding and 1 preceding), '-infinity'), false
        ) as refreshes
        from (
          select happened_at as at, case when status = 'completed' then coalesce(fresh_at, happened_at) end as as_of,
            status = 'completed' as has_succeeded
          from dataset_status_history
          where ${ofDataset} and status in ('completed', 'failed') and happened_at between $4::timestamptz and $6::timestamptz
          union all
          (
            select happened_at, happened_at, null
            from dataset_status_history
            where ${ofDataset} and status = 'completed' and fresh_at is null
              and happened_at < $4::timestamptz and happened_at > '0001-01-01 00:00+00'
            order by happened_at desc
            limit 1
          )
          union all
          (
            select happened_at, fresh_at, null
            from dataset_status_history
            where ${ofDataset} and status = 'completed' and fresh_at > '0001-01-01 00:00+00' and happened_at < $4::timestamptz
            order by fresh_at desc
            limit 1
          )
          union all
          -- A program that writes the status only has no history. What a run brought for old days has one.
          select last_success_at, last_success_at, null
          from dataset_status status
          where ${ofDataset} and last_success_at between '0001-01-01 00:00+00' and $6::timestamptz
            and not exists (
              select from dataset_status_history brought
              where brought.brand_id = status.brand_id and brought.dataset_key = status.dataset_key
                and brought.fresh_at between status.last_success_at - interval '1 second' and status.last_success_at + interval '1 second'
            )
        ) one
      ) newer
    ) followed
  ) judged
) past
order by wanted.place`,
}

/** In the order asked for. `before`: where the window before begins, which ends at `from`; `until`: where the window ends. */
export async function readDatasetPasts(
  database: Database,
  wanted: readonly PastQuestion[],
  { before, from, until }: { readonly before: Date; readonly from: Date; readonly until: Date },
): Promise<DatasetPast[]> {
  if (wanted.length === 0) return []
  return database.query<DatasetPast>(statement, [
    wanted.map(({ brandId }) => brandId),
    wanted.map(({ dataset }) => dataset),
    wanted.map(({ gapHours }) => gapHours),
    before,
    from,
    until,
  ])
}
