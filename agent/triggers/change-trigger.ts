import { findTriggerLoop, type TriggerWay } from '../../shared/dataset-triggers.ts'
import type { JsonObject } from '../../shared/domain.ts'
import { formatDuration } from '../../shared/duration.ts'
import { Problem } from '../../shared/errors.ts'
import { canonicalJson } from '../../shared/json.ts'
import type { ActionName } from '../../shared/operator-actions.ts'
import { requireBrandInUse } from '../brands/brand-in-use.ts'
import { requireSeen } from '../console/seen.ts'
import { type KnownCatalog, refreshedDatasets } from '../freshness/known-catalog.ts'
import { didYouMean } from '../settings/suggestion.ts'
import type { Database, DatabasePool } from '../store/database.ts'
import { findDatasetStatus } from '../store/dataset-status.ts'
import {
  deleteDatasetTrigger,
  insertDatasetTrigger,
  lockDatasetTrigger,
  lockTriggersOfBrand,
  type StoredTrigger,
  updateDatasetTrigger,
} from '../store/dataset-triggers.ts'
import { type Actor, insertOperatorAction } from '../store/operator-actions.ts'
import type { Job } from '../store/scheduled-jobs.ts'

export interface TriggerRequest {
  readonly organizationId: string
  readonly brandId: string
  readonly dataset: string
  /** The job to run, which the caller may see; null = a type with parameters of its own. */
  readonly job: Job | null
  readonly jobType: string | null
  readonly parameters: JsonObject
  readonly debounceSeconds: number
  readonly catalog: KnownCatalog
  /** @throws Problem `not_found`, `invalid_parameters` */
  readonly checkParameters: (jobType: string, parameters: JsonObject) => JsonObject
}

export interface TriggerOutcome {
  readonly trigger: StoredTrigger
  readonly changed: boolean
  /** A whole sentence for the person who asked. */
  readonly message: string
}

const mostPerBrand = 200

/**
 * Fires for what is refreshed from now on. The same trigger twice is one.
 * @throws Problem `invalid_input` for a dataset nobody knows, a job of another brand, a loop; what `checkParameters` throws; `conflict` when
 * a brand has too many, or is archived, and for a job type that runs with other parameters already.
 */
export async function createTrigger(
  database: DatabasePool,
  actor: Actor,
  request: TriggerRequest,
): Promise<TriggerOutcome> {
  return database.transaction((transaction) => createTriggerWithin(transaction, actor, request))
}

/** As part of a larger change. */
export async function createTriggerWithin(
  transaction: Database,
  actor: Actor,
  request: TriggerRequest,
): Promise<TriggerOutcome> {
  const { organizationId, brandId, dataset, debounceSeconds } = request
  const target = targetOf(request)
  const existing = await lockTriggersOfBrand(transaction, request)
  const same = existing.find((one) => one.datasetKey === dataset && isTarget(one, target))
  if (same !== undefined) {
    requireSameParameters(request, same, target)
    return { trigger: same, changed: false, message: 'This trigger is there already.' }
  }
  await requireBrandInUse(transaction, actor, brandId)
  await requireKnownDataset(transaction, request)
  requireRoom(existing)
  requireNoLoop(request.catalog, existing, { dataset, ...target })
  const { jobId, jobType, parameters } = target
  const id = await insertDatasetTrigger(transaction, {
    brandId,
    datasetKey: dataset,
    jobId,
    jobType,
    parameters: jobId === null ? parameters : {},
    debounceSeconds,
    createdBy: actor.operator,
  })
  const trigger = await held(transaction, { organizationId, triggerId: id })
  await record(transaction, actor, { action: 'trigger.create', before: null, after: trigger })
  return { trigger, changed: true, message: `${nameOf(trigger)} runs whenever ${dataset} is refreshed.` }
}

interface Target {
  readonly jobId: string | null
  readonly jobType: string
  readonly parameters: JsonObject
}

function targetOf({ brandId, job, jobType, parameters, checkParameters }: TriggerRequest): Target {
  if (job === null) {
    if (jobType !== null) return { jobId: null, jobType, parameters: checkParameters(jobType, parameters) }
    throw new Problem('invalid_input', 'Nothing says what to run.', {
      field: 'jobId',
      value: null,
      fix: 'Name a job of the brand with "jobId", or a job type with "jobType".',
    })
  }
  if (job.brandId !== brandId) {
    throw new Problem('invalid_input', `${job.name} is not a job of this brand.`, {
      field: 'jobId',
      value: job.id,
      fix: 'A trigger runs jobs of the brand whose dataset is refreshed; choose one of those.',
    })
  }
  if (job.scheduleType !== 'recurring' || job.status === 'archived') {
    throw new Problem('invalid_input', `${job.name} is ${job.status === 'archived' ? 'archived' : 'a one-time job'}.`, {
      field: 'jobId',
      value: job.id,
      fix: 'Choose a job with a cadence, or name its type with "jobType".',
    })
  }
  return { jobId: job.id, jobType: job.jobType, parameters: job.parameters }
}

function isTarget(trigger: StoredTrigger, { jobId, jobType }: Target): boolean {
  return trigger.jobId === jobId && (jobId !== null || trigger.jobType === jobType)
}

/** Those that are asked for would be lost without a word. Of a job they are the job's. */
function requireSameParameters({ checkParameters }: TriggerRequest, same: StoredTrigger, asked: Target): void {
  if (asked.jobId !== null || isSame(withDefaults(checkParameters, same), asked.parameters)) return
  throw new Problem(
    'conflict',
    `${asked.jobType} runs whenever ${same.datasetKey} is refreshed already, with other parameters.`,
    { field: 'parameters', value: null, fix: 'Remove that trigger first, or ask for the parameters that it has.' },
  )
}

function isSame(one: JsonObject, other: JsonObject): boolean {
  return canonicalJson(one) === canonicalJson(other)
}

/** As the job type fills them in now; as they are stored where it does not take them any more. */
function withDefaults(check: TriggerRequest['checkParameters'], { jobType, parameters }: StoredTrigger): JsonObject {
  try {
    return check(jobType, parameters)
  } catch (error) {
    if (error instanceof Problem) return parameters
    throw error
  }
}

function nameOf({ jobName, jobType }: StoredTrigger): string {
  return jobName ?? jobType
}

/** In the catalog, or in the database because some other program refreshes it. */
async function requireKnownDataset(
  transaction: Database,
  { brandId, dataset, catalog }: TriggerRequest,
): Promise<void> {
  if (catalog.datasets.has(dataset) || (await findDatasetStatus(transaction, brandId, dataset)) !== null) return
  throw new Problem('invalid_input', `The brand has no dataset "${dataset}", and no catalog knows one.`, {
    field: 'dataset',
    value: dataset,
    fix: didYouMean(dataset, [...catalog.datasets.keys()]),
  })
}

function requireRoom(existing: readonly StoredTrigger[]): void {
  if (existing.length < mostPerBrand) return
  throw new Problem('conflict', `The brand has ${mostPerBrand} triggers already; no more are kept.`, {
    field: 'brandId',
    value: existing[0]?.brandId ?? null,
    fix: 'Remove one that is not needed.',
  })
}

/** Paused triggers count: they can be resumed. */
function requireNoLoop(
  catalog: KnownCatalog,
  existing: readonly StoredTrigger[],
  added: { readonly dataset: string; readonly jobType: string; readonly parameters: JsonObject },
): void {
  const ways = existing.map(({ datasetKey, ...one }) => wayOf(catalog, { dataset: datasetKey, ...one }))
  const loop = findTriggerLoop(ways, wayOf(catalog, added))
  if (loop === null) return
  throw new Problem('invalid_input', `It would start itself again: ${loop.join(' → ')}.`, {
    field: 'dataset',
    value: added.dataset,
    fix: 'Take one of these steps out: another dataset, another job, or remove the trigger in between.',
  })
}

function wayOf(
  catalog: KnownCatalog,
  {
    dataset,
    jobType,
    parameters,
  }: { readonly dataset: string; readonly jobType: string; readonly parameters: JsonObject },
): TriggerWay {
  const known = catalog.jobTypes.get(jobType)
  return { dataset, jobType, refreshes: known === undefined ? [] : refreshedDatasets(known, parameters) }
}

interface Place {
  readonly organizationId: string
  readonly triggerId: string
  readonly seenAt?: string | undefined
}

interface TriggerChange extends Place {
  readonly isPaused?: boolean | undefined
  readonly debounceSeconds?: number | undefined
}

/** @throws Problem `not_found`; `conflict` when it is not as it was seen. */
export async function updateTrigger(
  database: DatabasePool,
  actor: Actor,
  request: TriggerChange,
): Promise<TriggerOutcome> {
  return database.transaction((transaction) => updateTriggerWithin(transaction, actor, request))
}

/** As part of a larger change. */
export async function updateTriggerWithin(
  transaction: Database,
  actor: Actor,
  request: TriggerChange,
): Promise<TriggerOutcome> {
  const before = await held(transaction, request)
  const isPaused = request.isPaused ?? before.pausedAt !== null
  const debounceSeconds = request.debounceSeconds ?? before.debounceSeconds
  if (isPaused === (before.pausedAt !== null) && debounceSeconds === before.debounceSeconds) {
    return { trigger: before, changed: false, message: 'The trigger is like this already.' }
  }
  await updateDatasetTrigger(transaction, before.id, { debounceSeconds, isPaused, changedBy: actor.operator })
  const trigger = await held(transaction, { organizationId: request.organizationId, triggerId: before.id })
  await record(transaction, actor, { action: 'trigger.set', before, after: trigger })
  return { trigger, changed: true, message: changeInWords(before, trigger) }
}

function changeInWords(before: StoredTrigger, after: StoredTrigger): string {
  if (before.pausedAt === null && after.pausedAt !== null) return 'The trigger is paused.'
  if (before.pausedAt !== null && after.pausedAt === null) {
    return `The trigger is resumed. It fires when ${after.datasetKey} is refreshed next.`
  }
  const wait = after.debounceSeconds === 0 ? 'at once' : `after ${formatDuration(after.debounceSeconds * 1_000)}`
  return `The trigger fires ${wait} now.`
}

/** @throws Problem as `updateTrigger`. */
export async function removeTrigger(database: DatabasePool, actor: Actor, place: Place): Promise<void> {
  await database.transaction((transaction) => removeTriggerWithin(transaction, actor, place))
}

/** As part of a larger change. */
export async function removeTriggerWithin(transaction: Database, actor: Actor, place: Place): Promise<void> {
  const before = await held(transaction, place)
  await deleteDatasetTrigger(transaction, before.id)
  await record(transaction, actor, { action: 'trigger.remove', before, after: null })
}

/** The trigger, held until the end of the transaction. */
async function held(transaction: Database, { organizationId, triggerId, seenAt }: Place): Promise<StoredTrigger> {
  const trigger = await lockDatasetTrigger(transaction, triggerId, organizationId)
  if (trigger === null) {
    throw new Problem('not_found', `There is no trigger ${triggerId}.`, {
      field: 'triggerId',
      value: triggerId,
      fix: 'It may have been removed; look at the list of triggers.',
    })
  }
  requireSeen('The trigger', trigger, seenAt)
  return trigger
}

async function record(
  transaction: Database,
  actor: Actor,
  change: { readonly action: ActionName; readonly before: StoredTrigger | null; readonly after: StoredTrigger | null },
): Promise<void> {
  const { action, before, after } = change
  const subject = after ?? before
  if (subject === null) return
  await insertOperatorAction(transaction, {
    actor,
    organizationId: subject.organizationId,
    action,
    subjectType: 'trigger',
    subjectId: subject.id,
    before: before === null ? null : recorded(before),
    after: after === null ? null : recorded(after),
  })
}

/** The part of a trigger that people change. */
function recorded({ brandId, datasetKey, jobId, jobType, debounceSeconds, pausedAt }: StoredTrigger): JsonObject {
  return { brandId, dataset: datasetKey, jobId, jobType, debounceSeconds, isPaused: pausedAt !== null }
}
