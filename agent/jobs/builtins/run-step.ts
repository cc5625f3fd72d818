import { z } from 'zod'
import type { JsonObject } from '../../../shared/domain.ts'
import { Problem } from '../../../shared/errors.ts'
import type { JobType, Step } from '../catalog/catalog.ts'
import { validateParameters } from '../catalog/parameters.ts'
import { propertiesOf } from '../catalog/references.ts'
import type { BuiltinHandler } from '../executors/builtin.ts'
import { StepFailure } from '../executors/executor.ts'
import type { BuiltinDependencies } from './dependencies.ts'

const settingsSchema = z.strictObject({ job_type: z.string().min(1), step: z.string().min(1) })

/**
 * `run: { builtin: run_step, with: { job_type: ad_classification, step: classify } }`: does here what that step of
 * another job type does, so that what runs is said in one place. It gets those of this run's parameters that it knows
 * too; the others have their defaults.
 */
export function runStep({ catalog, execute }: Pick<BuiltinDependencies, 'catalog' | 'execute'>): BuiltinHandler {
  return async (settings, context) => {
    const named = settingsSchema.safeParse(settings)
    if (!named.success) {
      throw new StepFailure('configuration', 'run_step needs a step to run: with: { job_type: …, step: … }')
    }
    const { job_type: key, step: stepKey } = named.data
    const jobType = catalog.jobTypes.get(key)
    const step = jobType?.steps.find((one) => one.key === stepKey)
    if (jobType === undefined || step === undefined) {
      throw new StepFailure('configuration', `The catalog has no step ${stepKey} of a job type ${key}.`)
    }
    return execute(runOf(jobType, step), {
      ...context,
      identity: { ...context.identity, jobType: key, stepKey },
      parameters: parametersFor(jobType, context.parameters),
    })
  }
}

function runOf({ key }: JobType, { key: stepKey, run }: Step) {
  if (run === null) {
    const where = `job_types.${key}.steps in pipeline-manager.yaml`
    throw new StepFailure(
      'configuration',
      `Nothing says what step ${stepKey} of ${key} runs. Add "run" under ${where}.`,
    )
  }
  if (run.kind === 'builtin' && run.spec.builtin === 'run_step') {
    throw new StepFailure('configuration', `Step ${stepKey} of ${key} only points to another step.`)
  }
  return run
}

function parametersFor(jobType: JobType, ours: JsonObject): JsonObject {
  const known = propertiesOf(jobType.parameters)
  const shared = Object.fromEntries(Object.entries(ours).filter(([name]) => known.has(name)))
  try {
    return validateParameters(jobType, shared)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    throw new StepFailure('invalid_parameters', error.message, { cause: error })
  }
}
