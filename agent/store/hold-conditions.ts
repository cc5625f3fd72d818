/** Whether a hold is in force at `at`, an SQL expression, or will be: the index `holds_not_over` finds those. */
export const notOver = (hold: string, at: string): string =>
  `${hold}.ended_at is null and coalesce(${hold}.ends_at, 'infinity'::timestamptz) > ${at}`

/** Whether a hold is in force at `at`, an SQL expression; the index `holds_not_over` finds those that are. */
export const inForce = (hold: string, at: string): string => `${notOver(hold, at)} and ${hold}.starts_at <= ${at}`

/**
 * Whether nothing holds the job that `job` names (its columns are `brand_id` and `job_type`). The first question depends on no job: a statement
 * asks it once, and while no hold is in force that is all it costs: one look into an index that has only what is not over.
 */
export const isFree = (job: string, at: string): string => `(
  (select not exists (select from holds any_hold where ${inForce('any_hold', at)}))
  or not exists (
    select from holds hold
    where ${inForce('hold', at)} and (hold.job_type is null or hold.job_type = ${job}.job_type) and (
      hold.brand_id = ${job}.brand_id
      or (hold.brand_id is null and hold.organization_id = (
        select brand.organization_id from brands brand where brand.id = ${job}.brand_id
      ))
    )
  )
)`
