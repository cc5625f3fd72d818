import type { RecordedStep } from '../../shared/resume.ts'
import { type RunOutcome, runOutcomes } from '../../shared/run-decision.ts'

/** What a claim says of the run that it is to go on with. The row names it; another program may have written anything. */
export interface ContinuedWork {
  readonly runId: string
  /** Null where another program named none. */
  readonly atStep: string | null
  /** Null = it is not on record, or no longer. */
  readonly run: {
    readonly status: string
    readonly problem: string | null
    /** Of a person, about a step of which nobody knew; null = none. */
    readonly decision: RunOutcome | null
    /** It was of the same job type and brand, with the same parameters. */
    readonly isSameWork: boolean
    readonly steps: readonly RecordedStep[]
  } | null
}

/** More than a job type may have. */
const mostSteps = 200

/** `ContinuedWork` of a row of jobs; null, without a look at anything else, where it continues nothing. */
export const continuedWork = (job: string): string => `
case when ${job}.continues_run_id is not null then jsonb_build_object(
  'runId', ${job}.continues_run_id, 'atStep', left(${job}.continues_at_step, 200), 'run', (
    select jsonb_build_object(
      'status', earlier.status, 'problem', earlier.problem, 'decision', case
        when earlier.decision ->> 'outcome' in (${runOutcomes.map((outcome) => `'${outcome}'`).join(', ')}) then earlier.decision ->> 'outcome' end,
      'isSameWork', earlier.job_type = ${job}.job_type and earlier.brand_id is not distinct from ${job}.brand_id
        and coalesce(earlier.parameters, '{}') = coalesce(${job}.parameters, '{}'),
      'steps', (
        select coalesce(jsonb_agg(jsonb_build_object('key', step.key, 'status', step.status, 'doneBy', step.done_by)
          order by step.position), '[]')
        from (
          select position, step_key as key, status, left(metadata ->> 'doneBy', 36) as done_by
          from run_steps
          where run_id = earlier.id
          order by position
          limit ${mostSteps}
        ) step
      )
    )
    from scheduled_job_runs earlier
    where earlier.id = ${job}.continues_run_id
  )
) end`
