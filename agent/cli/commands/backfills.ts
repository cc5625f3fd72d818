import { daysInWords } from '../../../shared/backfills.ts'
import { counted } from '../../../shared/counted.ts'
import { formatAge, formatDuration } from '../../../shared/duration.ts'
import { Problem } from '../../../shared/errors.ts'
import { heldWords } from '../../../shared/holds.ts'
import { requireBrandInUse } from '../../brands/brand-in-use.ts'
import { knownCatalog } from '../../freshness/overview.ts'
import { type BackfillPlan, planBackfill, ruleOf } from '../../jobs/backfill-plan.ts'
import { type BackfillOutcome, cancelBackfill, createBackfill, retryBackfill } from '../../jobs/change-backfill.ts'
import { holdOfJob } from '../../jobs/held-job.ts'
import { listAgents } from '../../store/agent-list.ts'
import { type Backfill, countPaused, getBackfill, listBackfills } from '../../store/backfills.ts'
import type { Database } from '../../store/database.ts'
import { cliActor } from '../actor.ts'
import type { CliContext, GlobalFlags } from '../context.ts'
import { brandNamed, jobTypeNamed, oneNamed } from '../lookup.ts'
import { outlasting } from '../outlast-database.ts'
import { shortId } from '../output/printer.ts'
import { shellWord } from '../output/safe-text.ts'
import type { Cell } from '../output/table.ts'
import { readParameters } from '../parameter-flags.ts'
import { interruptedExitCode, pause } from '../pause.ts'
import { type PlaceFlags, placeOf } from '../place-flags.ts'
import { priorityOf } from '../schedule-rules.ts'
import { type Session, withSession } from '../session.ts'
import { nobodyRuns } from './run.ts'

export interface BackfillFlags extends GlobalFlags {
  readonly brand: string
  readonly from: string
  readonly to: string
  readonly daysPerRun: string
  readonly newestFirst?: boolean
  readonly onlyMissing?: boolean
  readonly beside?: boolean
  readonly param?: readonly string[]
  readonly priority: string
  readonly dryRun?: boolean
  readonly wait?: boolean
}

/** `pm backfill <job type>`: old days, run again. */
export async function backfill(context: CliContext, key: string, flags: BackfillFlags): Promise<void> {
  const priority = priorityOf(flags.priority)
  const daysPerRun = daysOf(flags.daysPerRun)
  await withSession(context, flags, flags.dryRun === true ? 'read' : 'write', async (session) => {
    const { database, settings, catalog, print } = session
    const agents = await listAgents(database, settings.leaseSeconds)
    const jobType = jobTypeNamed(knownCatalog(catalog, agents), key)
    ruleOf(jobType)
    const { id: brandId, organizationId } = await brandNamed(database, flags.brand)
    const asked = {
      brandId,
      first: flags.from,
      last: flags.to,
      daysPerRun,
      newestFirst: flags.newestFirst === true,
      onlyMissing: flags.onlyMissing === true,
      parameters: readParameters(flags.param ?? [], jobType),
      likeJobId: null,
    }
    const actor = cliActor(context)
    const nobody = nobodyRuns(jobType.key, agents, session)
    if (flags.dryRun === true) {
      await database.transaction((transaction) => requireBrandInUse(transaction, actor, brandId))
      return tellPlan(session, await planBackfill(database, jobType, asked, settings.defaultTimeZone), nobody)
    }
    const request = {
      ...asked,
      organizationId,
      priority,
      isBeside: flags.beside === true,
      triggerSource: 'manual' as const,
    }
    const made = await createOrNothing(() =>
      createBackfill(database, actor, jobType, request, settings.defaultTimeZone),
    )
    if (made === null) {
      return print.answer({ message: nothingMissing, backfill: null, notes: [] }, () => print.line(nothingMissing))
    }
    const { id } = made.backfill
    if (flags.wait === true) {
      print.note(made.message)
      if (nobody !== null) print.note(nobody)
      return waitForBackfill(session, made.backfill)
    }
    print.answer({ message: made.message, backfill: made.backfill, notes: nobody === null ? [] : [nobody] }, () => {
      print.line(`${made.message} (backfill ${shortId(id)})`)
      if (nobody !== null) print.line(nobody, 'yellow')
      print.line(`See how it goes: pm backfills. Call off what has not begun: pm backfills cancel ${shortId(id)}`)
    })
  })
}

const nothingMissing = 'Nothing is missing: all of these days had a completed run.'

/** Null where `--only-missing` leaves nothing to do: whoever asks for what is missing every night has what they want. */
async function createOrNothing(create: () => Promise<BackfillOutcome>): Promise<BackfillOutcome | null> {
  try {
    return await create()
  } catch (error) {
    if (error instanceof Problem && error.code === 'conflict' && error.field === 'onlyMissing') return null
    throw error
  }
}

function daysOf(text: string): number {
  if (/^[1-9]\d{0,2}$/.test(text)) return Number(text)
  throw new Problem('invalid_input', `"${text}" is no number of days.`, {
    field: '--days-per-run',
    value: text,
    fix: 'Give a whole number from 1 on.',
  })
}

function tellPlan({ print }: Session, plan: BackfillPlan, nobody: string | null): void {
  const { runs, covered, coveredDays, medianMs, zone } = plan
  const estimateMs = medianMs === null ? null : medianMs * runs.length
  print.answer({ runs, covered, estimateMs, zone, notes: nobody === null ? [] : [nobody] }, () => {
    const [first] = runs
    const last = runs.at(-1)
    const estimate =
      estimateMs === null ? 'how long they take is not known yet' : `about ${formatDuration(estimateMs)} in all`
    if (first === undefined || last === undefined) print.line(nothingMissing)
    else print.line(`${counted(runs.length, 'run')}, ${estimate}. Days are those of ${zone}. Nothing was queued.`)
    if (first !== undefined) print.line(`First: ${first.name}  ${JSON.stringify(first.parameters)}`)
    if (last !== undefined && last !== first) print.line(`Last:  ${last.name}  ${JSON.stringify(last.parameters)}`)
    if (coveredDays > 0) {
      print.line(
        `${counted(coveredDays, 'day')} had a completed run before: ${covered.slice(0, 20).map(daysInWords).join(', ')}.`,
      )
    }
    if (nobody !== null) print.line(nobody, 'yellow')
  })
}

const pollMs = 500

/**
 * Until nothing of it runs or waits: exit code 0 when all of it completed, 1 otherwise, 2 when what is left is paused. A database that is away
 * is waited for.
 */
async function waitForBackfill(session: Session, { id }: Backfill): Promise<void> {
  const { context, database, print, interrupted } = session
  const ask = outlasting(session, { tell: (words) => print.note(words), fix: 'Look again: pm backfills' })
  let told = ''
  for (;;) {
    const seen = await ask(() => look(database, id))
    if (seen === null) break
    const { now, paused, hold } = seen
    if (now === null || now.running + now.waiting === 0) {
      print.answer({ backfill: now }, () =>
        print.line(now === null ? 'The backfill is gone.' : `Over: ${progressWords(now)}.`),
      )
      return context.setExitCode(now !== null && now.failed + now.cancelled === 0 ? 0 : 1)
    }
    if (now.running === 0 && paused === now.waiting) throw allPaused(now)
    const words = `${progressWords(now)}${hold === null ? '' : `; ${heldWords(hold)}`}`
    if (words !== told) print.note(words)
    told = words
    if (!(await pause(pollMs, interrupted))) break
  }
  print.note(`No longer watching; the runs go on. Look again: pm backfills`)
  context.setExitCode(interruptedExitCode)
}

/** What keeps it from going on is asked only where nothing of it runs. */
async function look(database: Database, id: string) {
  const now = await getBackfill(database, id)
  if (now === null || now.running > 0 || now.waiting === 0) return { now, paused: 0, hold: null }
  return { now, paused: await countPaused(database, id), hold: await holdOfJob(database, now, null) }
}

function allPaused(backfill: Backfill): Problem {
  const { brandName, waiting, id } = backfill
  const message = `What is left of it is paused and does not begin by itself: ${progressWords(backfill)}.`
  return new Problem('conflict', message, {
    field: 'backfill',
    value: id,
    fix: `Resume ${waiting === 1 ? 'it' : 'them'} (pm jobs --status paused), or the brand if it is archived: pm brands restore ${shellWord(brandName)}. Or call it off: pm backfills cancel ${shortId(id)}`,
  })
}

/** "3 of 21 done, 1 failed, 1 running, 16 waiting" */
function progressWords({ runs, done, failed, running, waiting, cancelled }: Backfill): string {
  const others = Object.entries({ failed, running, waiting, 'called off': cancelled })
  return [
    `${done} of ${runs} done`,
    ...others.flatMap(([word, count]) => (count === 0 ? [] : [`${count} ${word}`])),
  ].join(', ')
}

/** `pm backfills` */
export async function showBackfills(context: CliContext, flags: PlaceFlags): Promise<void> {
  await withSession(context, flags, 'read', async ({ database, print }) => {
    const backfills = await listBackfills(database, await placeOf(database, flags))
    print.answer({ backfills }, () => {
      if (backfills.length === 0) {
        return print.line(
          'There are no backfills. Run old days again: pm backfill <job type> --brand <name> --from <day> --to <day>',
        )
      }
      print.table(columns, backfills.map(cells))
    })
  })
}

const columns = [
  { title: 'job type', shrinksTo: 12 },
  { title: 'brand', shrinksTo: 10 },
  { title: 'days', shrinksTo: 12 },
  { title: 'progress', shrinksTo: 20 },
  { title: 'by', shrinksTo: 8 },
  { title: 'made' },
  { title: 'id' },
]

function cells(one: Backfill): Cell[] {
  const { jobType, brandName, firstDay: first, lastDay: last, requestedBy, createdAt, asOf, id } = one
  return [
    jobType,
    brandName,
    daysInWords({ first, last }),
    progressWords(one),
    requestedBy,
    formatAge(createdAt, asOf),
    shortId(id),
  ]
}

const acts = { cancel: cancelBackfill, retry: retryBackfill } as const

/** `pm backfills cancel|retry <backfill>` */
export async function actOnBackfill(
  context: CliContext,
  what: keyof typeof acts,
  text: string,
  flags: GlobalFlags,
): Promise<void> {
  await withSession(context, flags, 'write', async ({ database, print }) => {
    const outcome: BackfillOutcome = await acts[what](database, cliActor(context), await backfillNamed(database, text))
    const { changed, message, backfill: after } = outcome
    print.answer({ changed, message, backfill: after }, () => print.line(message))
  })
}

async function backfillNamed(database: Database, text: string): Promise<string> {
  const all = await listBackfills(database, { organizationId: null, brandId: null })
  const named = all.map((one) => ({
    ...one,
    name: `${one.jobType} ${daysInWords({ first: one.firstDay, last: one.lastDay })}`,
  }))
  const kind = {
    kind: 'backfill',
    field: 'backfill',
    list: 'List them: pm backfills',
    create: 'pm backfill <job type> --brand <name> --from <day> --to <day>',
    describe: (one: (typeof named)[number]) => `${one.name} for ${one.brandName} (${one.id})`,
  }
  return oneNamed(named, text, kind).id
}
