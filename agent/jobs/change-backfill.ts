/** What people do to backfills. Every command is one transaction, with its entry in the record of actions. */
import { isDeepStrictEqual } from 'node:util'
import { counted } from '../../shared/counted.ts'
import { type JsonObject, type Priority, priorities } from '../../shared/domain.ts'
import { Problem } from '../../shared/errors.ts'
import type { ActionName } from '../../shared/operator-actions.ts'
import { askedFor } from '../../shared/retry.ts'
import { requireBrandInUse } from '../brands/brand-in-use.ts'
import type { KnownJobType } from '../freshness/known-catalog.ts'
import {
  type Backfill,
  cancelBackfillJobs,
  getBackfill,
  insertBackfill,
  insertBackfillJobs,
  lockBackfill,
  retryBackfillJobs,
} from '../store/backfills.ts'
import type { Database, DatabasePool } from '../store/database.ts'
import { type Actor, insertOperatorAction } from '../store/operator-actions.ts'
import { type BackfillAsked, type BackfillPlan, planBackfill } from './backfill-plan.ts'
import { heldNote, holdOfJob } from './held-job.ts'
import { usedBefore } from './queue-job.ts'

export interface BackfillRequest extends BackfillAsked {
  /** Chosen by who may ask twice: the same id makes one backfill. Absent = a new one. */
  readonly id?: string | undefined
  readonly organizationId: string
  readonly priority: Priority
  /** With a concurrency key of its own, beside the regular runs of the brand. */
  readonly isBeside: boolean
  readonly triggerSource: 'manual' | 'api'
}

export interface BackfillOutcome {
  readonly backfill: Backfill
  readonly changed: boolean
  /** A whole sentence for the person who asked. */
  readonly message: string
}

/**
 * Plans it anew and makes its runs, all or none. The brand is checked by the caller; so is that somebody can run the type.
 * @throws Problem as `planBackfill`; `conflict` when nothing is missing, the brand is archived, or the id was used for something else.
 */
export async function createBackfill(
  database: DatabasePool,
  actor: Actor,
  jobType: KnownJobType,
  request: BackfillRequest,
  defaultTimeZone: string,
): Promise<BackfillOutcome> {
  return database.transaction(async (transaction) => {
    const { id, organizationId, brandId, isBeside, priority, triggerSource } = request
    const before = id === undefined ? null : await getBackfill(transaction, id)
    if (before !== null) return madeBefore(before, jobType, request)
    const plan = await planBackfill(transaction, jobType, request, defaultTimeZone)
    if (plan.runs.length === 0) throw nothingMissing(request)
    await requireBrandInUse(transaction, actor, brandId)
    const { daysPerRun, newestFirst, onlyMissing, first: firstDay, last: lastDay } = request
    const made = await insertBackfill(transaction, {
      id,
      organizationId,
      brandId,
      jobType: jobType.key,
      firstDay,
      lastDay,
      daysPerRun,
      newestFirst,
      onlyMissing,
      isBeside,
      runs: plan.runs.length,
      parameters: plan.parameters,
      requestedBy: actor.operator,
    })
    if (made === null) return madeBefore(await held(transaction, id ?? ''), jobType, request)
    await insertBackfillJobs(transaction, made, {
      jobs: plan.runs.map(({ name, parameters }) => ({ name, parameters })),
      priority: priorities[priority],
      triggerSource,
      likeJobId: plan.like?.id ?? null,
    })
    const backfill = await held(transaction, made)
    await record(transaction, actor, 'backfill.create', {
      before: null,
      after: { ...recorded(backfill), priority },
      backfill,
    })
    return { backfill, changed: true, message: await madeWords(transaction, backfill, plan) }
  })
}

function madeBefore(
  backfill: Backfill,
  { key }: KnownJobType,
  { brandId, first, last }: BackfillRequest,
): BackfillOutcome {
  const { id, jobType, firstDay, lastDay } = backfill
  if (!isDeepStrictEqual([backfill.brandId, jobType, firstDay, lastDay], [brandId, key, first, last]))
    throw usedBefore(id)
  return { backfill, changed: false, message: 'This request has made its backfill before.' }
}

async function madeWords(database: Database, backfill: Backfill, { runs }: BackfillPlan): Promise<string> {
  const { brandName, newestFirst, jobType, organizationId, brandId } = backfill
  const held = heldNote(await holdOfJob(database, { organizationId, brandId, jobType }, null))
  const order = newestFirst ? 'newest' : 'oldest'
  const which = runs.length === 1 ? '' : `, the ${order} days first, one after another`
  return `${counted(runs.length, 'run')} of ${jobType} for ${brandName} ${runs.length === 1 ? 'is' : 'are'} queued${which}${held}.`
}

/** Puts away what does not run and is planned, another attempt included. What runs goes on. @throws Problem `not_found` */
export async function cancelBackfill(
  database: DatabasePool,
  actor: Actor,
  backfillId: string,
): Promise<BackfillOutcome> {
  return database.transaction(async (transaction) => {
    const before = await held(transaction, backfillId)
    const jobs = await cancelBackfillJobs(transaction, backfillId, actor.operator)
    const backfill = await held(transaction, backfillId)
    const goesOn = backfill.running === 0 ? '' : ` ${counted(backfill.running, 'run')} in progress goes on.`
    if (jobs === 0) return { backfill, changed: false, message: `Nothing of it waits any more.${goesOn}` }
    await record(transaction, actor, 'backfill.cancel', { before: counts(before), after: counts(backfill), backfill })
    return { backfill, changed: true, message: `${counted(jobs, 'run')} of ${backfill.jobType} called off.${goesOn}` }
  })
}

/**
 * What has failed for good is due again, as a first attempt. Left out is what nobody knows the outcome of: a person looks at that first.
 * @throws Problem `not_found`; `conflict` for an archived brand.
 */
export async function retryBackfill(
  database: DatabasePool,
  actor: Actor,
  backfillId: string,
): Promise<BackfillOutcome> {
  return database.transaction(async (transaction) => {
    const before = await held(transaction, backfillId)
    await requireBrandInUse(transaction, actor, before.brandId)
    const { due, asks, paused } = await retryBackfillJobs(transaction, backfillId, askedFor)
    const backfill = await held(transaction, backfillId)
    const left = leftInWords(asks, paused)
    if (due === 0) return { backfill, changed: false, message: `None of it has failed for good.${left}` }
    await record(transaction, actor, 'backfill.retry', { before: counts(before), after: counts(backfill), backfill })
    const holdNote = heldNote(await holdOfJob(transaction, backfill, null))
    return {
      backfill,
      changed: true,
      message: `${counted(due, 'run')} of ${backfill.jobType} due again${holdNote}.${left}`,
    }
  })
}

function leftInWords(asks: number, paused: number): string {
  const unknown = ` Of ${counted(asks, 'run')} it is not known whether the work was done: look at each and retry it by itself.`
  const stopped = ` ${counted(paused, 'run')} ${paused === 1 ? 'is' : 'are'} paused: resume and retry each by itself.`
  return `${asks === 0 ? '' : unknown}${paused === 0 ? '' : stopped}`
}

async function held(transaction: Database, backfillId: string): Promise<Backfill> {
  const backfill = await lockBackfill(transaction, backfillId)
  if (backfill !== null) return backfill
  throw noBackfill(backfillId)
}

export function noBackfill(backfillId: string): Problem {
  return new Problem('not_found', `There is no backfill ${backfillId}.`, {
    field: 'backfillId',
    value: backfillId,
    fix: 'Look at the list of backfills; one that is over is kept for as long as its runs.',
  })
}

function nothingMissing({ first, last }: BackfillAsked): Problem {
  return new Problem('conflict', 'All of these days had a completed run with the same parameters.', {
    field: 'onlyMissing',
    value: `${first} to ${last}`,
    fix: 'Choose other days, or run them all again.',
  })
}

async function record(
  transaction: Database,
  actor: Actor,
  action: ActionName,
  { before, after, backfill }: { before: JsonObject | null; after: JsonObject; backfill: Backfill },
): Promise<void> {
  await insertOperatorAction(transaction, {
    actor,
    organizationId: backfill.organizationId,
    action,
    subjectType: 'backfill',
    subjectId: backfill.id,
    before,
    after,
  })
}

/** What somebody decided. */
function recorded(backfill: Backfill): JsonObject {
  const { brandId, jobType, firstDay, lastDay, daysPerRun, newestFirst, onlyMissing, isBeside, runs, parameters } =
    backfill
  return { brandId, jobType, firstDay, lastDay, daysPerRun, newestFirst, onlyMissing, isBeside, runs, parameters }
}

function counts({ jobType, firstDay, lastDay, done, failed, running, waiting, cancelled }: Backfill): JsonObject {
  return { jobType, firstDay, lastDay, done, failed, running, waiting, cancelled }
}
