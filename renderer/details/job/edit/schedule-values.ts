import type { InferContractRouterInputs } from '@orpc/contract'
import type { Contract } from '../../../../shared/contract/index.ts'
import type { JobRow } from '../../../../shared/contract/jobs.ts'
import {
  type CatchUpPolicy,
  type JsonObject,
  legacyTimeZone,
  type OverlapPolicy,
  type Priority,
} from '../../../../shared/domain.ts'
import { Problem } from '../../../../shared/errors.ts'
import { mostAlertAfter } from '../../../../shared/retry.ts'
import { spreadCron, widestSpread } from '../../../../shared/spread.ts'
import { readCadence } from '../../../components/cadence-reading.ts'
import { faultOf, fieldsOf } from '../../../run-now/parameter-fields.ts'

type Inputs = InferContractRouterInputs<Contract>['schedules']
export type CreateInput = Inputs['create']
export type CreateManyInput = Inputs['createMany']
export type UpdateInput = Inputs['update']

/** What a person edits of a schedule. */
export interface ScheduleValues {
  /** Empty until one is chosen. */
  readonly jobType: string
  /** Empty until one is chosen, several only for new ones; null = a platform-level job, which is only made on purpose. */
  readonly brandIds: readonly string[] | null
  /** Of several brands each begins at a minute of its own within so many after the time; null while the field is empty. */
  readonly spreadMinutes: number | null
  /** Of the schedule that this is a copy of; it belongs to that brand. */
  readonly productId: string | null
  /** Empty = the job type. */
  readonly name: string
  readonly cron: string
  readonly timeZone: string
  /** Null while the field is empty. */
  readonly maxRetries: number | null
  /** Null while the field is empty. */
  readonly alertAfter: number | null
  /** Null = as the job type says. */
  readonly timeoutMinutes: number | null
  readonly priority: Priority
  readonly overlapPolicy: OverlapPolicy
  readonly catchUpPolicy: CatchUpPolicy
  /** Empty = the usual one, of brand and job type. */
  readonly concurrencyKey: string
  readonly parameters: JsonObject
}

export type ScheduleField = keyof ScheduleValues

/** What each field is called, in the order of the form. Job type, brand and product of a schedule that exists stay as they are. */
export const fieldLabels: Readonly<Record<ScheduleField, string>> = {
  jobType: 'Job type',
  brandIds: 'Brand',
  spreadMinutes: 'Spread',
  productId: 'Product',
  name: 'Name',
  cron: 'Cron expression',
  timeZone: 'Time zone',
  parameters: 'Parameters',
  maxRetries: 'Retries',
  alertAfter: 'Told after',
  timeoutMinutes: 'Timeout',
  overlapPolicy: 'Overlap',
  catchUpPolicy: 'Catch-up',
  concurrencyKey: 'Key',
  priority: 'Priority',
}

const fields = Object.keys(fieldLabels) as ScheduleField[]

export function valuesOf(job: JobRow): ScheduleValues {
  const { jobType, name, maxRetries, alertAfter, timeoutMinutes, priority, overlapPolicy, catchUpPolicy, parameters } =
    job
  return {
    jobType,
    brandIds: job.brand === null ? null : [job.brand.id],
    spreadMinutes: 0,
    productId: job.productId,
    name,
    cron: job.cronExpression ?? '',
    timeZone: job.timeZone ?? legacyTimeZone,
    maxRetries,
    alertAfter,
    timeoutMinutes,
    priority,
    overlapPolicy,
    catchUpPolicy,
    concurrencyKey: job.ownConcurrencyKey ?? '',
    parameters,
  }
}

/** `brandId` empty: none is chosen yet. */
export function newValues(brandId: string, timeZone: string): ScheduleValues {
  return {
    jobType: '',
    brandIds: brandId === '' ? [] : [brandId],
    spreadMinutes: 0,
    productId: null,
    name: '',
    cron: '0 6 * * *',
    timeZone,
    maxRetries: 3,
    alertAfter: 1,
    timeoutMinutes: null,
    priority: 'normal',
    overlapPolicy: 'queue',
    catchUpPolicy: 'latest',
    concurrencyKey: '',
    parameters: {},
  }
}

interface SuggestingType {
  readonly key: string
  readonly cadence: { readonly cron: string; readonly timeZone: string | null } | null
}

/** Another job type brings the cadence that the catalog suggests for it, unless somebody has set one. `begun`: what the form began with. */
export function withJobType(
  begun: ScheduleValues,
  values: ScheduleValues,
  jobType: string,
  types: readonly SuggestingType[],
): Partial<ScheduleValues> {
  const usual = (wanted: string): Pick<ScheduleValues, 'cron' | 'timeZone'> => {
    const suggestion = types.find(({ key }) => key === wanted)?.cadence ?? null
    const { cron, timeZone } = suggestion ?? begun
    return { cron, timeZone: timeZone ?? begun.timeZone }
  }
  const { cron, timeZone } = usual(values.jobType)
  const isUntouched = begun.jobType === '' && values.cron === cron && values.timeZone === timeZone
  return isUntouched ? { jobType, ...usual(jobType) } : { jobType }
}

/** In which fields two versions differ, in the order of the form. */
export function differences(before: ScheduleValues, after: ScheduleValues): readonly ScheduleField[] {
  return fields.filter((field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]))
}

export type Faults = Readonly<Partial<Record<ScheduleField, string>>>

/** What keeps it from being saved, by field. `schema`: of the job type's parameters, null when nobody knows the type. */
export function faultsOf(values: ScheduleValues, schema: JsonObject | null): Faults {
  const { cron, timeZone, name, maxRetries, alertAfter, timeoutMinutes, concurrencyKey } = values
  const { fault } = readCadence(cron, timeZone)
  const parameter = schema === null ? undefined : firstFault(schema, values.parameters)
  return {
    ...(values.jobType === '' ? { jobType: 'Choose what runs.' } : {}),
    ...(values.brandIds?.length === 0 ? { brandIds: 'Choose for which brand.' } : {}),
    ...spreadFault(values),
    ...(name.length > 500 ? { name: `At most 500 characters; this has ${name.length}.` } : {}),
    ...(fault === null ? {} : { [fault.field]: `${fault.message} ${fault.fix}` }),
    ...(isWhole(maxRetries, 0, 100) ? {} : { maxRetries: 'A whole number from 0 to 100.' }),
    ...(isWhole(alertAfter, 1, mostAlertAfter) ? {} : { alertAfter: `A whole number from 1 to ${mostAlertAfter}.` }),
    ...(timeoutMinutes === null || isWhole(timeoutMinutes, 1, 1_440)
      ? {}
      : { timeoutMinutes: 'A whole number from 1 to 1,440 minutes, or nothing.' }),
    ...(concurrencyKey.trim().length > 200
      ? { concurrencyKey: `At most 200 characters; this has ${concurrencyKey.trim().length}.` }
      : {}),
    ...(parameter === undefined ? {} : { parameters: parameter }),
  }
}

/** Whether it makes one for each of several brands. */
export function isForMany({ brandIds }: Pick<ScheduleValues, 'brandIds'>): boolean {
  return brandIds !== null && brandIds.length > 1
}

/** What is wrong with the window; a schedule of one brand has none. */
function spreadFault(values: ScheduleValues): Faults {
  const { spreadMinutes, cron, timeZone } = values
  if (!isForMany(values)) return {}
  const fault = faultOfSpread(spreadMinutes, cron, timeZone)
  return fault === null ? {} : { spreadMinutes: fault }
}

/** Null = fires by this cron expression, where it can be read, are spread over so many minutes. */
export function faultOfSpread(minutes: number | null, cron: string, timeZone: string): string | null {
  if (minutes === null || !isWhole(minutes, 0, widestSpread)) return 'A whole number from 0 to 1,440 minutes.'
  const { cadence } = readCadence(cron, timeZone)
  if (cadence === null) return null
  try {
    spreadCron(cadence.cron, minutes)
    return null
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown
    return `${thrown.message} ${thrown.fix ?? ''}`
  }
}

function firstFault(schema: JsonObject, parameters: JsonObject): string | undefined {
  return fieldsOf(schema).flatMap((field) => {
    const fault = faultOf(field, parameters[field.name] ?? field.usual)
    return fault === null ? [] : [`${field.label}: ${fault}`]
  })[0]
}

/** Null = the usual one. */
function keyOf(text: string): string | null {
  return text.trim() === '' ? null : text.trim()
}

function isWhole(value: number | null, from: number, to: number): boolean {
  return value !== null && Number.isInteger(value) && value >= from && value <= to
}

/** `requestId`: one for each intent, so that asking twice makes one schedule. */
export function createInput(organizationId: string, requestId: string, values: ScheduleValues): CreateInput {
  return {
    ...sharedInput(organizationId, requestId, values),
    brandId: values.brandIds?.[0] ?? null,
    productId: values.productId,
  }
}

/** The same for `brandIds`, at most 1,000 of several. */
export function createManyInput(
  organizationId: string,
  requestId: string,
  values: ScheduleValues,
  brandIds: string[],
): CreateManyInput {
  const spreadMinutes = values.spreadMinutes ?? 0
  return { ...sharedInput(organizationId, requestId, values), brandIds, spreadMinutes }
}

function sharedInput(organizationId: string, requestId: string, values: ScheduleValues) {
  const {
    name,
    maxRetries,
    alertAfter,
    concurrencyKey,
    brandIds: _brands,
    spreadMinutes: _spread,
    productId: _product,
    ...rest
  } = values
  return {
    organizationId,
    requestId,
    ...rest,
    ...(name.trim() === '' ? {} : { name }),
    ...(maxRetries === null ? {} : { maxRetries }),
    ...(alertAfter === null ? {} : { alertAfter }),
    ...(keyOf(concurrencyKey) === null ? {} : { concurrencyKey: keyOf(concurrencyKey) }),
  }
}

/** Only what was changed is sent: what somebody else changed meanwhile in other fields stays. */
export function updateInput(
  job: { readonly id: string; readonly version: number },
  before: ScheduleValues,
  after: ScheduleValues,
): UpdateInput {
  const changed = differences(before, after)
  const pick = <Field extends ScheduleField>(field: Field): Partial<Pick<ScheduleValues, Field>> =>
    // One key of the values, by its own name.
    changed.includes(field) ? ({ [field]: after[field] } as unknown as Pick<ScheduleValues, Field>) : {}
  return {
    jobId: job.id,
    version: job.version,
    ...(changed.includes('name') ? { name: after.name.trim() === '' ? after.jobType : after.name } : {}),
    ...(changed.includes('maxRetries') && after.maxRetries !== null ? { maxRetries: after.maxRetries } : {}),
    ...(changed.includes('alertAfter') && after.alertAfter !== null ? { alertAfter: after.alertAfter } : {}),
    ...pick('cron'),
    ...pick('timeZone'),
    ...pick('timeoutMinutes'),
    ...pick('priority'),
    ...pick('overlapPolicy'),
    ...pick('catchUpPolicy'),
    ...(changed.includes('concurrencyKey') ? { concurrencyKey: keyOf(after.concurrencyKey) } : {}),
    ...pick('parameters'),
  }
}

/** One value as the table of a conflict shows it. */
export function valueInWords(values: ScheduleValues, field: ScheduleField): string {
  if (field === 'timeoutMinutes')
    return values.timeoutMinutes === null ? 'as the job type says' : `${values.timeoutMinutes} min`
  const value = values[field]
  if (typeof value === 'object' && value !== null) return JSON.stringify(value)
  return value === null || value === '' ? '–' : String(value)
}
