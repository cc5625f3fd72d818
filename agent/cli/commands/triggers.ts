import { debounceSeconds } from '../../../shared/dataset-triggers.ts'
import { formatAge, formatDuration } from '../../../shared/duration.ts'
import { Problem } from '../../../shared/errors.ts'
import { checkJobParameters, readWorkforce } from '../../console/jobs-workforce.ts'
import { listDatasetTriggers, type StoredTrigger } from '../../store/dataset-triggers.ts'
import { createTrigger, removeTrigger, updateTrigger } from '../../triggers/change-trigger.ts'
import { triggerView } from '../../triggers/trigger-view.ts'
import { cliActor } from '../actor.ts'
import type { CliContext, GlobalFlags } from '../context.ts'
import { brandNamed, jobNamed, oneNamed } from '../lookup.ts'
import { jobMarks, switchMarks } from '../output/marks.ts'
import { shortId } from '../output/printer.ts'
import type { Cell } from '../output/table.ts'
import { parametersOf } from '../parameter-flags.ts'
import { type PlaceFlags, placeOf } from '../place-flags.ts'
import { type Session, withSession } from '../session.ts'

export interface NewTriggerFlags extends GlobalFlags {
  readonly brand: string
  readonly dataset: string
  readonly job?: string
  readonly jobType?: string
  readonly param?: readonly string[]
  readonly debounce?: string
}

/** `pm triggers`: what runs because a dataset is refreshed. */
export async function showTriggers(context: CliContext, flags: PlaceFlags): Promise<void> {
  await withSession(context, flags, 'read', async ({ database, print }) => {
    const { organizationId, brandId } = await placeOf(database, flags)
    const brandIds = brandId === null ? null : [brandId]
    const triggers = await listDatasetTriggers(database, { organizationId, brandIds, dataset: null })
    print.answer({ triggers: triggers.map(triggerView) }, () => {
      if (triggers.length === 0) {
        return print.line(`Nothing runs by refreshes yet. Add a trigger: ${howToCreate}`)
      }
      print.table(
        [
          { title: 'state' },
          { title: 'dataset', shrinksTo: 14 },
          { title: 'brand', shrinksTo: 10 },
          { title: 'runs', shrinksTo: 12 },
          { title: 'how soon' },
          { title: 'fires next', shrinksTo: 20 },
          { title: 'fired last', shrinksTo: 16 },
          { title: 'id' },
        ],
        triggers.map(cellsOf),
      )
    })
  })
}

const howToCreate = 'pm triggers create --brand <name> --dataset <dataset> --job-type <job type>'

function cellsOf(stored: StoredTrigger): Cell[] {
  const { datasetKey, brandName, asOf, pausedAt, lastFiredAt, lastOutcome, lastReason } = stored
  const last = lastOutcome === 'queued' ? '' : `: ${lastReason ?? ''}`
  return [
    pausedAt === null ? switchMarks.on : jobMarks.paused,
    datasetKey,
    brandName,
    runs(stored),
    howSoon(stored.debounceSeconds),
    nextInWords(stored),
    lastFiredAt === null ? 'never' : `${formatAge(lastFiredAt, asOf)}${last}`,
    shortId(stored.id),
  ]
}

function runs({ jobId, jobName, jobType }: StoredTrigger): string {
  return jobId === null ? jobType : (jobName ?? 'a job that was deleted')
}

function howSoon(seconds: number): string {
  return seconds === 0 ? 'at once' : `after ${formatDuration(seconds * 1_000)}`
}

function nextInWords(stored: StoredTrigger): string {
  const { hindrance, firesAt } = triggerView(stored)
  if (stored.pausedAt !== null) return stored.pausedBecause ?? '–'
  return hindrance ?? (firesAt === null ? 'at the next refresh' : formatAge(firesAt, stored.asOf))
}

/** `pm triggers create --brand --dataset` with a job of the brand, or a job type and its parameters. */
export async function createTriggerOf(context: CliContext, flags: NewTriggerFlags): Promise<void> {
  const { dataset, jobType = null, param = [] } = flags
  requireOneTarget(flags)
  const debounce = secondsOf(flags.debounce)
  await withSession(context, flags, 'write', async (session) => {
    const { database } = session
    const { id: brandId, organizationId } = await brandNamed(database, flags.brand)
    const workforce = await readWorkforce({ ...session, clock: context.clock })
    const outcome = await createTrigger(database, cliActor(context), {
      organizationId,
      brandId,
      dataset,
      job: flags.job === undefined ? null : await jobNamed(database, flags.job, brandId),
      jobType,
      parameters: jobType === null ? {} : parametersOf(workforce.catalog, jobType, param),
      debounceSeconds: debounce,
      catalog: workforce.catalog,
      checkParameters: (key, parameters) => checkJobParameters(workforce, key, parameters),
    })
    tell(session, outcome)
  })
}

/** `pm triggers pause|resume <trigger>`. Resumed, it fires for what is refreshed from then on. */
export async function switchTrigger(
  context: CliContext,
  text: string,
  isPaused: boolean,
  flags: GlobalFlags,
): Promise<void> {
  await withSession(context, flags, 'write', async (session) => {
    const place = await triggerNamed(session, text)
    tell(session, await updateTrigger(session.database, cliActor(context), { ...place, isPaused }))
  })
}

/** `pm triggers remove <trigger>`. */
export async function removeTriggerNamed(context: CliContext, text: string, flags: GlobalFlags): Promise<void> {
  await withSession(context, flags, 'write', async (session) => {
    const { database, print } = session
    const { trigger, ...place } = await triggerNamed(session, text)
    await removeTrigger(database, cliActor(context), place)
    const message = `${runs(trigger)} no longer runs when ${trigger.datasetKey} of ${trigger.brandName} is refreshed.`
    print.answer({ changed: true, message, triggerId: trigger.id }, () => print.line(message))
  })
}

function tell(
  { print }: Session,
  { trigger, changed, message }: { trigger: StoredTrigger; changed: boolean; message: string },
): void {
  print.answer({ changed, message, trigger: triggerView(trigger) }, () =>
    print.line(`${message} (${trigger.brandName}, trigger ${shortId(trigger.id)})`),
  )
}

/** By its id, or by its dataset where that has only one. */
async function triggerNamed({ database }: Session, text: string) {
  const triggers = await listDatasetTriggers(database, { organizationId: null, brandIds: null, dataset: null })
  const trigger = oneNamed(
    triggers.map((one) => ({ ...one, name: one.datasetKey })),
    text,
    {
      kind: 'trigger',
      field: 'trigger',
      list: 'List them: pm triggers',
      create: howToCreate,
      describe: (one) => `${one.datasetKey} of ${one.brandName} → ${runs(one)} (${one.id})`,
    },
  )
  return { trigger, triggerId: trigger.id, organizationId: trigger.organizationId }
}

/** @throws Problem `invalid_input` unless there is either a job, or a job type and its parameters. */
function requireOneTarget({ job, jobType, param = [] }: NewTriggerFlags): void {
  if (job === undefined && jobType === undefined) {
    throw wrongTarget('Nothing says what to run.', 'Name a job of the brand with --job, or a job type with --job-type.')
  }
  if (job === undefined) return
  if (jobType !== undefined) throw wrongTarget('A trigger runs either a job or a job type.', 'Leave out one of them.')
  if (param.length > 0) throw wrongTarget('A job has its own parameters.', 'Leave out --param, or name its --job-type.')
}

function wrongTarget(message: string, fix: string): Problem {
  return new Problem('invalid_input', message, { field: '--job', fix })
}

function secondsOf(text: string | undefined): number {
  if (text === undefined) return debounceSeconds.usual
  const seconds = /^\d{1,6}$/.test(text.trim()) ? Number(text) : Number.NaN
  if (seconds <= debounceSeconds.most) return seconds
  throw new Problem('invalid_input', `--debounce: "${text}" is no number of seconds to wait.`, {
    field: '--debounce',
    value: text,
    fix: `Use 0 (at once) to ${debounceSeconds.most}.`,
  })
}
