/**
 * Of a job: it is one run of a backfill for days that are over, so that what it brings is as of the end of them (F2), and nothing that waits for new data
 * waits for it. Yesterday and today count as when they are brought (`coveredUntil`), so a job for them is one like all others. The parameters that say
 * the days are those that the backfill does not have. Days are those of UTC here: zones may be what another program wrote, and by hours at most a job
 * is taken for the other kind. `now`: an expression.
 */
export const isForOldDays = (job: string, now = 'now()'): string => `
(${job}.backfill_id is not null and not exists (
  select from backfills asked
  cross join jsonb_each_text(case when jsonb_typeof(${job}.parameters) = 'object' then ${job}.parameters else '{}' end) as given
  where asked.id = ${job}.backfill_id and not asked.parameters ? given.key and given.value ~ '^\\d{4}-\\d\\d-\\d\\d$'
    and given.value >= to_char(${now} at time zone 'UTC' - interval '1 day', 'YYYY-MM-DD') collate "C"
))`
