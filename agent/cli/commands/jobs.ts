import { describeCadence, parseCadence } from '../../../shared/cadence.ts'
import { lastResults, legacyTimeZone } from '../../../shared/domain.ts'
import { formatAge, formatInstant, formatPlanned } from '../../../shared/duration.ts'
import { holdOf } from '../../../shared/holds.ts'
import { type Hold, listHoldsInForce } from '../../store/holds.ts'
import { type Job, listJobs } from '../../store/scheduled-jobs.ts'
import type { CliContext, GlobalFlags } from '../context.ts'
import { groupAsked } from '../group-flag.ts'
import { limitOf, oneOf } from '../limits.ts'
import { brandNamed } from '../lookup.ts'
import { jobMarks, markFor, runMarks } from '../output/marks.ts'
import { shortId } from '../output/printer.ts'
import type { Cell } from '../output/table.ts'
import { withSession } from '../session.ts'

export interface JobsFlags extends GlobalFlags {
  readonly brand?: string
  readonly group?: string
  readonly type?: string
  readonly status?: string
  readonly lastResult?: string
  readonly limit?: string
}

export const jobStates = ['active', 'paused', 'completed', 'archived', 'all', 'dead', 'running'] as const

/** `pm jobs`: those that need a person first; `all` never shows archived ones (J12). */
export async function showJobs(context: CliContext, flags: JobsFlags): Promise<void> {
  const state = oneOf(jobStates, flags.status ?? 'all', '--status')
  const lastResult = flags.lastResult === undefined ? null : oneOf(lastResults, flags.lastResult, '--last-result')
  const limit = limitOf(flags.limit, 100)
  await withSession(context, flags, 'read', async ({ database, print }) => {
    const brand = flags.brand === undefined ? null : await brandNamed(database, flags.brand)
    const brandIds = await groupAsked(database, flags)
    const filter = { brandId: brand?.id ?? null, brandIds, jobType: flags.type ?? null, state, lastResult, limit }
    const [jobs, holds] = await Promise.all([listJobs(database, filter), listHoldsInForce(database, null)])
    const heldBy = (job: Job): Hold | null => (job.status === 'active' ? holdOf(holds, job) : null)
    print.answer({ jobs: jobs.map((job) => ({ ...jobDocument(job), hold: holdDocument(heldBy(job)) })) }, () => {
      if (jobs.length === 0) return print.line(emptyLine(state, flags))
      print.table(
        columns,
        jobs.map((job) => cells(job, heldBy(job))),
      )
      if (jobs.length === limit) print.note(`Only the first ${limit} are shown; narrow it down or use --limit.`)
    })
  })
}

const columns = [
  { title: 'state' },
  { title: 'brand', shrinksTo: 10 },
  { title: 'job', shrinksTo: 14 },
  { title: 'type', shrinksTo: 12, mayGo: true },
  { title: 'schedule', shrinksTo: 14 },
  { title: 'next run' },
  { title: 'last run' },
  { title: 'id' },
  { title: 'last error', shrinksTo: 16, mayGo: true },
]

function emptyLine(state: (typeof jobStates)[number], { lastResult, brand, group, type }: JobsFlags): string {
  if (lastResult !== undefined) return 'No job has such a last result. Clear the filter to see the others: pm jobs'
  if (state !== 'all') return `No job is ${state}. Clear the filter to see the others: pm jobs`
  if (type !== undefined) return `There is no job of the type ${type}. Clear the filter to see the others: pm jobs`
  if (brand !== undefined || group !== undefined)
    return 'There are no jobs of these brands. Clear the filter to see the others: pm jobs'
  return 'There are no jobs. Schedule one: pm schedule <job type> --brand <name> --cron "0 6 * * *"'
}

function holdDocument(hold: Hold | null): object | null {
  if (hold === null) return null
  const { id, endsAt, reason, createdBy } = hold
  return { id, endsAt, reason, createdBy }
}

function cells(job: Job, hold: Hold | null): Cell[] {
  return [
    markFor(jobMarks, job.state),
    job.brandName ?? '(platform)',
    job.name,
    job.jobType,
    scheduleWords(job),
    nextRunWords(job, hold),
    lastRunCell(job),
    shortId(job.id),
    job.lastError ?? '',
  ]
}

/** `Daily at 06:00 Europe/Berlin`, `once`; a schedule that cannot be read is shown as it is and named so. */
export function scheduleWords(job: Pick<Job, 'scheduleType' | 'cronExpression' | 'timeZone'>): string {
  if (job.scheduleType === 'one_time') return 'once'
  const zone = job.timeZone ?? legacyTimeZone
  try {
    return `${describeCadence(parseCadence(job.cronExpression ?? '', zone))} ${zone}`
  } catch {
    return `not valid: ${job.cronExpression ?? '(none)'} ${zone}`
  }
}

function nextRunWords(job: Job, hold: Hold | null): string | null {
  if (job.state === 'running') return 'runs now'
  if (job.status !== 'active' || job.nextRunAt === null) return null
  if (hold !== null) return hold.endsAt === null ? 'held' : `held until ${formatInstant(hold.endsAt)}`
  return formatPlanned(job.nextRunAt, job.asOf)
}

function lastRunCell(job: Job): Cell {
  if (job.lastRunStatus === null) return null
  const { shape, word, color } = markFor(runMarks, job.lastRunStatus)
  const age = job.lastRunFinishedAt === null ? '' : ` ${formatAge(job.lastRunFinishedAt, job.asOf)}`
  return { text: `${shape} ${word}${age}`, color }
}

export function jobDocument({ asOf: _read, ...job }: Job): object {
  return job
}
