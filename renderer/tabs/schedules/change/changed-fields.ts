import type { InferContractRouterInputs } from '@orpc/contract'
import type { Contract } from '../../../../shared/contract/index.ts'
import type { JobRow } from '../../../../shared/contract/jobs.ts'
import { legacyTimeZone } from '../../../../shared/domain.ts'
import { spreadCron } from '../../../../shared/spread.ts'
import { cadenceOfJob, readCadence } from '../../../components/cadence-reading.ts'
import {
  type Faults,
  faultOfSpread,
  faultsOf,
  newValues,
  type ScheduleValues,
  valuesOf,
} from '../../../details/job/edit/schedule-values.ts'

/** What can be changed of many at once; `zone`: each keeps its cadence, on the clocks of another zone. In the order of the form. */
export const changedParts = [
  'cadence',
  'zone',
  'retries',
  'alertAfter',
  'timeout',
  'priority',
  'overlap',
  'catchUp',
] as const
export type ChangedPart = (typeof changedParts)[number]

export const partLabels: Readonly<Record<ChangedPart, string>> = {
  cadence: 'Cadence and time zone',
  zone: 'Time zone alone',
  retries: 'Retries',
  alertAfter: 'Told after failures',
  timeout: 'Timeout',
  priority: 'Priority',
  overlap: 'Overlap',
  catchUp: 'Catch-up',
}

/** In which fields of the form a part is. */
const fieldsOf: Readonly<Record<ChangedPart, readonly (keyof ScheduleValues)[]>> = {
  cadence: ['cron', 'timeZone', 'spreadMinutes'],
  zone: ['timeZone'],
  retries: ['maxRetries'],
  alertAfter: ['alertAfter'],
  timeout: ['timeoutMinutes'],
  priority: ['priority'],
  overlap: ['overlapPolicy'],
  catchUp: ['catchUpPolicy'],
}

export type ScheduleChange = InferContractRouterInputs<Contract>['schedules']['changeMany']['changes'][number]

/** What the form begins with: the first of them, so that one that is right can be chosen to make the others like it. */
export function beginOf(jobs: readonly JobRow[], zone: string): ScheduleValues {
  const [first] = jobs
  if (first === undefined) return newValues('', zone)
  return {
    ...valuesOf(first),
    ...(cadenceOfJob(first) ?? { cron: '0 6 * * *', timeZone: first.timeZone ?? legacyTimeZone }),
  }
}

/** What is wrong with what is ticked; nothing of what is not. */
export function faultsOfChange(values: ScheduleValues, parts: ReadonlySet<ChangedPart>): Faults {
  const spread = faultOfSpread(values.spreadMinutes, values.cron, values.timeZone)
  const all: Faults = { ...faultsOf(values, null), ...(spread === null ? {} : { spreadMinutes: spread }) }
  const asked = new Set([...parts].flatMap((part) => fieldsOf[part]))
  return Object.fromEntries(Object.entries(all).filter(([field]) => asked.has(field as keyof ScheduleValues)))
}

/** What is asked for of each; call it without faults. A brand has its own minute of the window. */
export function changesOf(
  jobs: readonly JobRow[],
  values: ScheduleValues,
  parts: ReadonlySet<ChangedPart>,
): ScheduleChange[] {
  const { timeZone, maxRetries, alertAfter, timeoutMinutes, priority, overlapPolicy, catchUpPolicy } = values
  const { cadence } = readCadence(values.cron, timeZone)
  const cronOf = cadence === null ? null : spreadCron(cadence.cron, values.spreadMinutes ?? 0)
  const shared = {
    ...(parts.has('zone') || parts.has('cadence') ? { timeZone } : {}),
    ...(parts.has('retries') && maxRetries !== null ? { maxRetries } : {}),
    ...(parts.has('alertAfter') && alertAfter !== null ? { alertAfter } : {}),
    ...(parts.has('timeout') ? { timeoutMinutes } : {}),
    ...(parts.has('priority') ? { priority } : {}),
    ...(parts.has('overlap') ? { overlapPolicy } : {}),
    ...(parts.has('catchUp') ? { catchUpPolicy } : {}),
  }
  return jobs.map(({ id, version, brand }) => ({
    jobId: id,
    version,
    ...shared,
    ...(parts.has('cadence') && cronOf !== null ? { cron: cronOf(brand?.id ?? id) } : {}),
  }))
}
