import { Problem } from '../../shared/errors.ts'
import { planResume } from '../../shared/resume.ts'
import { shortName } from '../../shared/short-text.ts'
import type { JobType } from '../jobs/catalog/catalog.ts'
import type { ClaimedRun } from '../store/claim.ts'

/**
 * The steps that a claimed run leaves out because the run that it goes on with has done them, with that run's id. Anybody may have written
 * the row, and the catalog may be another one by now: everything is decided once more, by this agent's own file.
 * @throws Problem `invalid_configuration` when it cannot go on with that run; nothing may be started then.
 */
export function doneBefore(
  run: Pick<ClaimedRun, 'continues' | 'scheduleType'>,
  jobType: JobType,
): ReadonlyMap<string, string> {
  const { continues, scheduleType } = run
  if (continues === null) return new Map()
  const { runId, atStep, run: earlier } = continues
  const refuse = (why: string): Problem =>
    new Problem('invalid_configuration', `It cannot go on with run ${runId}: ${why}`)
  if (scheduleType !== 'one_time') throw refuse('a recurring job does its work from the beginning.')
  if (earlier === null) throw refuse('that run is not on record.')
  if (!earlier.isSameWork) throw refuse('that run was of another job type or brand, or had other parameters.')
  const plan = planResume({ id: runId, ...earlier }, jobType)
  if (typeof plan === 'string') throw refuse(plan)
  if (atStep === plan.step) return plan.done
  const asked = atStep === null ? 'no step' : `step "${shortName(atStep)}"`
  throw refuse(`it is to begin with ${asked}, and the run failed at "${shortName(plan.step)}".`)
}
