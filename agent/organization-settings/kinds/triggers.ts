import type { JsonObject } from '../../../shared/domain.ts'
import { Problem } from '../../../shared/errors.ts'
import { canonicalJson } from '../../../shared/json.ts'
import { identityOf } from '../../../shared/settings-document/compare.ts'
import type { Entry } from '../../../shared/settings-document/document.ts'
import { checkJobParameters } from '../../console/jobs-workforce.ts'
import { shownParameters } from '../../jobs/shown-parameters.ts'
import { listTriggersInUse, type StoredTrigger } from '../../store/dataset-triggers.ts'
import { type Job, lockRecurringJobs } from '../../store/scheduled-jobs.ts'
import {
  createTriggerWithin,
  removeTrigger,
  removeTriggerWithin,
  updateTrigger,
  updateTriggerWithin,
} from '../../triggers/change-trigger.ts'
import { requireDataset } from '../known-dataset.ts'
import { plainName, type SettingsWorld } from '../world.ts'
import type { DocumentFacts, SettingKind } from './kind.ts'
import { withoutDefaults } from './schedules.ts'

type Trigger = Entry<'triggers'>

/** What runs because a dataset is refreshed. */
export const triggers: SettingKind<'triggers'> = {
  read: async (world) => {
    const rows = await listTriggersInUse(world.database, world.organizationId, world.asInUse)
    return rows.flatMap((row) => {
      const entry = entryOf(world, row)
      return entry === null ? [] : [{ entry, id: row.id, seen: row.changedAt.toISOString() }]
    })
  },
  canonical: (entry) => {
    const { brand, job, parameters } = entry
    if (job !== null && Object.keys(parameters).length > 0) throw twoParameters(job)
    return { ...entry, brand: plainName(brand), job: job === null ? null : plainName(job) }
  },
  check: async (world, entry, before, facts) => {
    await requireDataset(world, entry)
    if (entry.job !== null) {
      await requireJob(world, entry, facts)
      return entry
    }
    const checked = checkJobParameters(world.workforce, entry.job_type, entry.parameters)
    return { ...entry, parameters: withoutDefaults(world, entry.job_type, checked, before?.parameters) }
  },
  checkBeside: (entry, { pruned }) => {
    if (entry.job !== null && pruned.has(jobIdentity(entry))) throw losesJob(entry.job)
  },
  add: (world, entry) => replace(world, null, entry),
  change: async (world, stored, entry) => {
    const { database, actor, organizationId } = world
    const place = { organizationId, triggerId: stored.id, seenAt: stored.seen }
    if (canonicalJson(stored.entry.parameters) === canonicalJson(entry.parameters)) {
      await updateTrigger(database, actor, {
        ...place,
        isPaused: entry.paused,
        debounceSeconds: entry.debounce_seconds,
      })
      return
    }
    await replace(world, place, entry)
  },
  remove: ({ database, actor, organizationId }, { id, seen }) =>
    removeTrigger(database, actor, { organizationId, triggerId: id, seenAt: seen }),
}

function entryOf({ brands, notes }: SettingsWorld, row: StoredTrigger): Trigger | null {
  const { jobId, jobName, jobStatus, jobType, datasetKey } = row
  const brand = brands.nameOf(row.brandId)
  if (brand === null) return null
  if (jobId !== null && (jobName === null || jobStatus === 'archived')) {
    notes.push(`A trigger on ${datasetKey} of ${brand} is left out: the job that it runs is archived or deleted.`)
    return null
  }
  return {
    brand,
    dataset: datasetKey,
    job_type: jobType,
    job: jobId === null || jobName === null ? null : plainName(jobName),
    parameters: jobId === null ? (shownParameters(row.parameters) ?? {}) : {},
    debounce_seconds: row.debounceSeconds,
    paused: row.pausedAt !== null,
  }
}

/**
 * What a trigger runs with is never changed: another one takes the place of `before` (null = it is new), or that one stays. One that is to
 * be paused never fires.
 */
async function replace(
  world: SettingsWorld,
  before: Parameters<typeof removeTriggerWithin>[2] | null,
  entry: Trigger,
): Promise<void> {
  const { database, actor, organizationId, workforce } = world
  const request = {
    organizationId,
    brandId: world.brands.idOf(entry.brand),
    dataset: entry.dataset,
    job: entry.job === null ? null : await jobOf(world, entry),
    jobType: entry.job === null ? entry.job_type : null,
    parameters: entry.parameters,
    debounceSeconds: entry.debounce_seconds,
    catalog: workforce.catalog,
    checkParameters: (jobType: string, parameters: JsonObject) => checkJobParameters(workforce, jobType, parameters),
  }
  await database.transaction(async (transaction) => {
    if (before !== null) await removeTriggerWithin(transaction, actor, before)
    const { trigger } = await createTriggerWithin(transaction, actor, request)
    if (entry.paused)
      await updateTriggerWithin(transaction, actor, { organizationId, triggerId: trigger.id, isPaused: true })
  })
}

function jobIdentity({ brand, job_type: jobType, job }: Trigger): string {
  return identityOf('schedules', { brand, job_type: jobType, name: job })
}

function losesJob(value: string): Problem {
  return new Problem('invalid_input', `runs "${value}", which goes because the file has schedules and not this one`, {
    field: 'job',
    value,
    fix: 'Name a schedule of the file, add this one to it, or apply it without --prune.',
  })
}

async function requireJob(world: SettingsWorld, entry: Trigger, { schedules }: DocumentFacts): Promise<void> {
  if (schedules.has(jobIdentity(entry))) return
  await jobOf(world, entry)
}

/** The oldest of its name. @throws Problem `not_found` */
async function jobOf({ database, brands }: SettingsWorld, entry: Trigger): Promise<Job> {
  const { brand, job_type: jobType, job: name } = entry
  const brandId = brands.named(brand)?.id
  const jobs =
    brandId === undefined
      ? []
      : await database.transaction((transaction) => lockRecurringJobs(transaction, brandId, jobType))
  const found = jobs.find((job) => plainName(job.name) === name)
  if (found !== undefined) return found
  throw new Problem('not_found', `${brand} has no schedule "${name}" of the type ${jobType}.`, {
    field: 'job',
    value: name,
    fix: 'Name one that it has, or leave "job" out: then the job type runs, with parameters of its own.',
  })
}

function twoParameters(job: string): Problem {
  return new Problem('invalid_input', `has parameters beside the job "${job}", which has its own`, {
    field: 'parameters',
    fix: 'Leave one of the two out.',
  })
}
