/**
 * The concurrency key of a row of `scheduled_jobs` as SQL: its own, else brand and job type; at most one run of a key is
 * running. An expression and not a column, because a generated column is computed and its definition parsed again by every
 * statement that touches a job (measured: 4 % of a claim and its end). The unique index `scheduled_jobs_running` is on this
 * very expression; spelled differently, the planner would not use it.
 */
export function concurrencyKeyOf(job: string): string {
  return `coalesce(${job}.concurrency_key, (coalesce(${job}.brand_id::text, 'platform') || ':') || ${job}.job_type::text)`
}
