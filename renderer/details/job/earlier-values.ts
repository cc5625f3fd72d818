import type { Change } from '../../../shared/changes.ts'
import { changesBetween } from '../../../shared/changes.ts'
import type { JobRow } from '../../../shared/contract/jobs.ts'
import {
  catchUpPolicies,
  type JsonObject,
  type JsonValue,
  legacyTimeZone,
  overlapPolicies,
  type Priority,
  priorities,
} from '../../../shared/domain.ts'
import { isJsonObject } from '../../../shared/json.ts'
import { differences, type ScheduleValues, valuesOf } from './edit/schedule-values.ts'

interface States {
  readonly before: JsonObject | null
  readonly after: JsonObject | null
}

interface Edit extends States {
  readonly changes: readonly Pick<Change, 'field'>[]
}

/**
 * The schedule as it is now, with what an edit changed as it was before that edit. What others have changed since in other fields, and in
 * other parameters, stays theirs.
 */
export function valuesBefore(job: JobRow, { before, after }: States): ScheduleValues {
  const now = valuesOf(job)
  const changed = (field: string): JsonValue | undefined =>
    JSON.stringify(before?.[field]) === JSON.stringify(after?.[field]) ? undefined : before?.[field]
  const [name, cron, zone, retries, alertAfter, timeout] = [
    changed('name'),
    changed('cronExpression'),
    changed('timeZone'),
    changed('maxRetries'),
    changed('alertAfter'),
    changed('timeoutMinutes'),
  ]
  return {
    ...now,
    name: typeof name === 'string' ? name : now.name,
    cron: typeof cron === 'string' ? cron : now.cron,
    timeZone: typeof zone === 'string' ? zone : zone === null ? legacyTimeZone : now.timeZone,
    maxRetries: typeof retries === 'number' ? retries : now.maxRetries,
    alertAfter: typeof alertAfter === 'number' ? alertAfter : now.alertAfter,
    timeoutMinutes: typeof timeout === 'number' || timeout === null ? timeout : now.timeoutMinutes,
    priority: priorityOf(changed('priority')) ?? now.priority,
    overlapPolicy: overlapPolicies.find((policy) => policy === changed('overlapPolicy')) ?? now.overlapPolicy,
    catchUpPolicy: catchUpPolicies.find((policy) => policy === changed('catchUpPolicy')) ?? now.catchUpPolicy,
    concurrencyKey: keyBefore(changed('concurrencyKey')) ?? now.concurrencyKey,
    parameters: job.parametersReadable ? parametersBefore(now.parameters, { before, after }) : now.parameters,
  }
}

/** What putting an edit back changes now, in words; nothing when it is so already. */
export function changesOfPuttingBack(job: JobRow, edit: States): Change[] {
  return changesBetween(recordedOf(valuesOf(job)), recordedOf(valuesBefore(job, edit)))
}

/** Why an edit is not put back; null when it can be. */
export function whyNotPutBack(job: JobRow, edit: Edit): string | null {
  if (job.status === 'archived') return 'The job is archived: restore it first.'
  if (job.scheduleType !== 'recurring') return 'The job runs once now; it has no schedule.'
  if (differences(valuesOf(job), valuesBefore(job, edit)).length > 0) return null
  if (hidesParameters(edit)) return 'The parameters of then cannot be shown.'
  return hasUnreadable(job, edit) ? 'The parameters cannot be read.' : 'It is so now.'
}

/** It changed parameters that are not shown, so that nobody here knows what they were. */
export function hidesParameters({ changes }: Pick<Edit, 'changes'>): boolean {
  return changes.some(({ field }) => field === 'parameters')
}

function hasUnreadable(job: JobRow, { before, after }: States): boolean {
  return !job.parametersReadable && JSON.stringify(before?.['parameters']) !== JSON.stringify(after?.['parameters'])
}

function parametersBefore(now: JsonObject, { before, after }: States): JsonObject {
  const [old, young] = [objectOf(before?.['parameters']), objectOf(after?.['parameters'])]
  if (old === null || young === null) return now
  const valueIn = (parameters: JsonObject, key: string): JsonValue | undefined =>
    Object.hasOwn(parameters, key) ? parameters[key] : undefined
  const isChanged = (key: string): boolean => JSON.stringify(valueIn(old, key)) !== JSON.stringify(valueIn(young, key))
  return Object.fromEntries([
    ...Object.entries(now).filter(([key]) => !isChanged(key) || Object.hasOwn(old, key)),
    ...Object.entries(old).filter(([key]) => isChanged(key)),
  ])
}

function objectOf(value: JsonValue | undefined): JsonObject | null {
  return isJsonObject(value) ? value : null
}

/** As the form has it; undefined where the edit did not change it. */
function keyBefore(value: JsonValue | undefined): string | undefined {
  return value === null ? '' : typeof value === 'string' ? value : undefined
}

function priorityOf(value: JsonValue | undefined): Priority | undefined {
  // The keys of a constant table.
  return (Object.keys(priorities) as Priority[]).find((word) => priorities[word] === value)
}

/** As the record of a job has them. */
function recordedOf(values: ScheduleValues): JsonObject {
  const { name, cron, timeZone, maxRetries, alertAfter, timeoutMinutes, overlapPolicy, catchUpPolicy, parameters } =
    values
  const priority = priorities[values.priority]
  const concurrencyKey = values.concurrencyKey === '' ? null : values.concurrencyKey
  return {
    name,
    cronExpression: cron,
    timeZone,
    maxRetries,
    alertAfter,
    timeoutMinutes,
    overlapPolicy,
    catchUpPolicy,
    priority,
    concurrencyKey,
    parameters,
  }
}
