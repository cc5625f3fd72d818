import type { Catalog, JobType } from '../../agent/jobs/catalog/catalog.ts'
import type { JsonObject } from '../../shared/domain.ts'

/** The catalog with other settings (`with`) of the built-in steps of one job type. */
export function withSettings(catalog: Catalog, key: string, settings: JsonObject): Catalog {
  const jobType = catalog.jobTypes.get(key)
  if (jobType === undefined) throw new Error(`no job type ${key}`)
  const steps = jobType.steps.map((step): JobType['steps'][number] =>
    step.run?.kind === 'builtin'
      ? { ...step, run: { kind: 'builtin', spec: { ...step.run.spec, with: { ...step.run.spec.with, ...settings } } } }
      : step,
  )
  return { ...catalog, jobTypes: new Map([...catalog.jobTypes, [key, { ...jobType, steps }]]) }
}
