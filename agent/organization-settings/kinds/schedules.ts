import { parseCadence } from '../../../shared/cadence.ts'
import { type JsonObject, legacyTimeZone } from '../../../shared/domain.ts'
import { Problem } from '../../../shared/errors.ts'
import { canonicalJson } from '../../../shared/json.ts'
import { identityOf } from '../../../shared/settings-document/compare.ts'
import type { Entry } from '../../../shared/settings-document/document.ts'
import { priorityWord } from '../../console/jobs-view.ts'
import { checkJobParameters } from '../../console/jobs-workforce.ts'
import { requireVersion } from '../../jobs/change-job.ts'
import { heldJob } from '../../jobs/job-transaction.ts'
import { checkName } from '../../jobs/names.ts'
import { archiveJob, pauseHeldJob, resumeHeldJob } from '../../jobs/operations.ts'
import { insertSchedule, reschedule, scheduleAfter } from '../../jobs/schedule-job.ts'
import { shownParameters } from '../../jobs/shown-parameters.ts'
import { listRecurringJobs, type RecurringJobRow } from '../../store/recurring-jobs.ts'
import { type Job, lockRecurringJobs } from '../../store/scheduled-jobs.ts'
import { plainName, type SettingsWorld } from '../world.ts'
import type { SettingKind } from './kind.ts'

type Rules = Entry<'platform_schedules'>

/** Recurring jobs of brands. */
export const schedules: SettingKind<'schedules'> = {
  read: async (world) => {
    const rows = await listRecurringJobs(world.database, world.organizationId, world.asInUse)
    return rows.flatMap((job) => {
      const brand = world.brands.nameOf(job.brandId ?? '')
      const entry = brand === null ? null : rulesOf(world, job, brand)
      return brand === null || entry === null ? [] : [storedAs(job, { brand, ...entry })]
    })
  },
  canonical: ({ brand, ...rules }) => ({ brand: plainName(brand), ...canonicalRules(rules) }),
  check: (world, { brand, ...rules }, before) => ({ brand, ...checkedRules(world, rules, before, brand) }),
  add: (world, { brand, ...rules }) => addJob(world, world.brands.idOf(brand), rules),
  change: (world, stored, { brand: _same, ...rules }) => changeSchedule(world, stored, rules),
  remove: (world, stored) => archive(world, stored),
}

/** Recurring jobs of the platform, which are no organization's (J12). */
export const platformSchedules: SettingKind<'platform_schedules'> = {
  read: async (world) => {
    const rows = await listRecurringJobs(world.database, null)
    return rows.flatMap((job) => {
      const entry = rulesOf(world, job, null)
      return entry === null ? [] : [storedAs(job, entry)]
    })
  },
  canonical: canonicalRules,
  check: (world, rules, before) => checkedRules(world, rules, before, null),
  add: (world, rules) => addJob(world, null, rules),
  change: changeSchedule,
  remove: (world, stored) => archive(world, stored),
}

function storedAs<One>(job: RecurringJobRow, entry: One): { entry: One; id: string; seen: string } {
  return { entry, id: job.id, seen: String(job.version) }
}

/** Null, with a note, for what a document cannot say. */
function rulesOf({ notes, leftOut }: SettingsWorld, job: RecurringJobRow, brand: string | null): Rules | null {
  const parameters = shownParameters(job.parameters)
  const leave = (why: string): null => {
    notes.push(`The schedule ${job.name} of ${job.brandName ?? 'the platform'} is left out: ${why}.`)
    leftOut.set(scheduleIdentity(brand, { job_type: job.jobType, name: plainName(job.name) }), why)
    return null
  }
  if (job.cronExpression === null) return leave('another program wrote it without a cron expression')
  if (!isReadable(job)) return leave('its cron expression or time zone cannot be read')
  if (job.hasProduct) return leave('it is for a product of another program')
  if (job.maxRuns !== null) return leave('it ends after a number of runs')
  if (parameters === null) return leave('its parameters are no JSON that can be kept')
  return {
    job_type: job.jobType,
    name: plainName(job.name),
    cron: job.cronExpression,
    time_zone: job.timeZone ?? legacyTimeZone,
    parameters,
    priority: priorityWord(job.priority),
    overlap: job.overlapPolicy,
    catch_up: job.catchUpPolicy,
    max_retries: job.maxRetries,
    alert_after: job.alertAfter,
    timeout_minutes: job.timeoutMinutes,
    concurrency_key: job.ownConcurrencyKey,
    paused: job.status === 'paused',
  }
}

function isReadable({ cronExpression, timeZone }: RecurringJobRow): boolean {
  try {
    parseCadence(cronExpression ?? '', timeZone ?? legacyTimeZone)
    return true
  } catch (error) {
    if (error instanceof Problem) return false
    throw error
  }
}

function canonicalRules(rules: Rules): Rules {
  const { cron, timeZone } = parseCadence(rules.cron, rules.time_zone)
  return { ...rules, name: plainName(rules.name), cron, time_zone: timeZone }
}

/** Parameters are stored with the defaults of the job type; where only those differ, what is stored stays. */
function checkedRules(world: SettingsWorld, rules: Rules, before: Rules | null, brand: string | null): Rules {
  const why = before === null ? world.leftOut.get(scheduleIdentity(brand, rules)) : undefined
  if (why !== undefined) throw notByFile(rules.name, why)
  const checked = checkJobParameters(world.workforce, rules.job_type, rules.parameters)
  const name = before === null ? checkName(rules.name) : rules.name
  return { ...rules, name, parameters: withoutDefaults(world, rules.job_type, checked, before?.parameters) }
}

function scheduleIdentity(brand: string | null, rules: Pick<Rules, 'job_type' | 'name'>): string {
  return brand === null ? identityOf('platform_schedules', rules) : identityOf('schedules', { brand, ...rules })
}

function notByFile(value: string, why: string): Problem {
  return new Problem('invalid_input', `is there already and cannot be changed by a file: ${why}`, {
    field: 'name',
    value,
    fix: 'Take it out of the file, or give it another name.',
  })
}

/** What is stored, where it means the same as what is wanted. */
export function withoutDefaults(
  { workforce }: SettingsWorld,
  jobType: string,
  wanted: Rules['parameters'],
  stored: Rules['parameters'] | undefined,
): Rules['parameters'] {
  if (stored === undefined) return wanted
  try {
    return canonicalJson(checkJobParameters(workforce, jobType, stored)) === canonicalJson(wanted) ? stored : wanted
  } catch (error) {
    // What is stored is not allowed any more: it is to be changed.
    if (error instanceof Problem) return wanted
    throw error
  }
}

async function addJob({ database, actor }: SettingsWorld, brandId: string | null, rules: Rules): Promise<void> {
  const cadence = parseCadence(rules.cron, rules.time_zone)
  await database.transaction(async (transaction) => {
    const beside = await lockRecurringJobs(transaction, brandId, rules.job_type)
    if (beside.some(({ name }) => plainName(name) === rules.name)) throw madeMeanwhile(rules.name)
    const request = {
      ...changeOf(rules),
      brandId,
      jobType: rules.job_type,
      name: rules.name,
      timeZone: rules.time_zone,
    }
    const job = await insertSchedule(transaction, actor, request, cadence)
    if (job !== null && rules.paused) await pauseHeldJob(transaction, actor, job)
  })
}

function madeMeanwhile(name: string): Problem {
  return new Problem('conflict', `Somebody has made a schedule ${name} meanwhile.`, {
    field: 'name',
    value: name,
    fix: 'Look at the plan again.',
  })
}

function changeOf(rules: Rules) {
  return {
    parameters: rules.parameters,
    priority: rules.priority,
    overlapPolicy: rules.overlap,
    catchUpPolicy: rules.catch_up,
    maxRetries: rules.max_retries,
    alertAfter: rules.alert_after,
    timeoutMinutes: rules.timeout_minutes,
    concurrencyKey: rules.concurrency_key,
  }
}

/** All of it or nothing: neither does it run as half of a change, nor does one that is refused leave it paused. */
async function changeSchedule(
  { database, actor, workforce }: SettingsWorld,
  { id, seen, entry }: { readonly id: string; readonly seen: string; readonly entry: Rules },
  rules: Rules,
): Promise<void> {
  const { parameters, ...others } = changeOf(rules)
  const isNew = canonicalJson(parameters) !== canonicalJson(entry.parameters)
  const change = {
    ...others,
    ...(isNew ? { parameters } : {}),
    ...(rules.cron === entry.cron && rules.time_zone === entry.time_zone
      ? {}
      : { cron: rules.cron, timeZone: rules.time_zone }),
    checkParameters: (given: JsonObject, held: Job) => checkJobParameters(workforce, held.jobType, given),
  }
  await database.transaction(async (transaction) => {
    let job = await heldJob(transaction, id)
    requireVersion(job, { version: Number(seen) })
    if (rules.paused && !entry.paused) job = (await pauseHeldJob(transaction, actor, job)).job
    const schedule = scheduleAfter(actor, job, job.version, change)
    if (schedule !== null) job = (await reschedule(transaction, actor, job, schedule)).job
    if (!rules.paused && entry.paused) await resumeHeldJob(transaction, actor, job)
  })
}

async function archive({ database, actor }: SettingsWorld, { id, seen }: { id: string; seen: string }): Promise<void> {
  await archiveJob(database, actor, id, { version: Number(seen) })
}
