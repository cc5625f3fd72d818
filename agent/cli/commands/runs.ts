import { type RunProblem, runProblems, runStatuses } from '../../../shared/domain.ts'
import { formatAge, formatDuration } from '../../../shared/duration.ts'
import { listRunSteps, type RunStep } from '../../store/run-steps.ts'
import { listRuns, type Run } from '../../store/scheduled-job-runs.ts'
import type { CliContext, GlobalFlags } from '../context.ts'
import { groupAsked } from '../group-flag.ts'
import { limitOf, oneOf } from '../limits.ts'
import { brandNamed, jobNamed, runNamed } from '../lookup.ts'
import { markFor, markText, runMarks, stepMarks } from '../output/marks.ts'
import { ageAndInstant, type Printer, shortId } from '../output/printer.ts'
import type { Cell } from '../output/table.ts'
import { type Session, withSession } from '../session.ts'

export interface RunsFlags extends GlobalFlags {
  readonly brand?: string
  readonly group?: string
  readonly type?: string
  readonly status?: string
  /** True for the bare flag. */
  readonly problem?: string | true
  readonly limit?: string
  readonly job?: string
}

/** `pm runs`: the newest first. `pm runs <run>`: one of them with its steps. */
export async function showRuns(context: CliContext, run: string | undefined, flags: RunsFlags): Promise<void> {
  const filter = {
    jobType: flags.type ?? null,
    status: flags.status === undefined ? null : oneOf(runStatuses, flags.status, '--status'),
    problem: problemFilter(flags.problem),
    limit: limitOf(flags.limit, 30),
  }
  await withSession(context, flags, 'read', async (session) => {
    if (run !== undefined) return showRun(session, run)
    const { database, print } = session
    const brand = flags.brand === undefined ? null : await brandNamed(database, flags.brand)
    const job = flags.job === undefined ? null : await jobNamed(database, flags.job, brand?.id ?? null)
    const brandIds = await groupAsked(database, flags)
    const ids = { brandIds, brandId: brand?.id ?? null, jobId: job?.id ?? null, after: null }
    const runs = await listRuns(database, { ...filter, ...ids })
    print.answer({ runs: runs.map(runDocument) }, () => {
      if (runs.length === 0) return print.line('No run matches. See the jobs: pm jobs')
      print.table(columns, runs.map(cells))
    })
  })
}

function problemFilter(flag: string | true | undefined): RunProblem | 'any' | null {
  if (flag === undefined) return null
  return flag === true ? 'any' : oneOf(['any', ...runProblems] as const, flag, '--problem')
}

const columns = [
  { title: 'status' },
  { title: 'brand', shrinksTo: 10 },
  { title: 'job', shrinksTo: 14 },
  { title: 'started' },
  { title: 'took', align: 'right' as const },
  { title: 'try', align: 'right' as const },
  { title: 'records', align: 'right' as const, mayGo: true },
  { title: 'by', shrinksTo: 8, mayGo: true },
  { title: 'id' },
  { title: 'error', shrinksTo: 16, mayGo: true },
]

function cells(run: Run): Cell[] {
  return [
    { text: statusWords(run), color: markFor(runMarks, run.status).color },
    run.brandName ?? '(platform)',
    run.jobName,
    run.startedAt === null ? null : formatAge(run.startedAt, run.asOf),
    run.durationMs === null ? null : formatDuration(run.durationMs),
    run.attempt,
    run.recordsAffected,
    byWords(run),
    shortId(run.id),
    run.errorMessage ?? '',
  ]
}

/** `✔ completed`, `✔ completed with warnings`, `✘ failed: timed out`. */
export function statusWords({ status, problem }: Pick<Run, 'status' | 'problem'>): string {
  const words = markText(markFor(runMarks, status))
  if (problem === 'warnings') return `${words} with warnings`
  return problem === null || problem === status ? words : `${words}: ${problem.replaceAll('_', ' ')}`
}

function byWords({ triggerSource, requestedBy, agentName, agentId }: Run): string {
  const who = triggerSource === 'manual' || triggerSource === 'api' ? `${requestedBy ?? triggerSource}, ` : ''
  return `${who}${agentName ?? (agentId === null ? 'another program' : 'an agent')}`
}

async function showRun({ database, print }: Session, text: string): Promise<void> {
  const run = await runNamed(database, text)
  const steps = await listRunSteps(database, run.id)
  print.answer({ run: runDocument(run), steps }, () => printRun(run, steps, print))
}

/** What one run was, for a person. */
export function printRun(run: Run, steps: readonly RunStep[], print: Printer): void {
  print.line(
    `${statusWords(run)}  ${run.jobName} for ${run.brandName ?? 'the platform'}`,
    markFor(runMarks, run.status).color,
  )
  print.line(`run ${run.id}, job type ${run.jobType}, attempt ${run.attempt}, by ${byWords(run)}`)
  if (run.startedAt !== null) print.line(`started ${ageAndInstant(run.startedAt, run.asOf)}`)
  if (run.durationMs !== null)
    print.line(`${run.completedAt === null ? 'running for' : 'took'} ${formatDuration(run.durationMs)}`)
  if (run.recordsAffected !== null) print.line(`records ${run.recordsAffected.toLocaleString('en-US')}`)
  if (run.cancelRequestedAt !== null) print.line(`asked to stop by ${run.cancelRequestedBy ?? 'somebody'}`)
  if (Object.keys(run.parameters ?? {}).length > 0) print.line(`parameters ${JSON.stringify(run.parameters)}`)
  if (run.errorMessage !== null) print.line(`error: ${run.errorMessage}`, 'red')
  if (steps.length > 0) {
    print.line('')
    print.table(
      stepColumns,
      steps.map((step) => stepCells(step, run.asOf)),
    )
  }
  print.line('')
  print.line(`Its log: pm logs ${shortId(run.id)}`)
}

const stepColumns = [
  { title: 'step' },
  { title: 'status' },
  { title: 'dataset' },
  { title: 'took', align: 'right' as const },
  { title: 'records', align: 'right' as const },
  { title: 'progress', align: 'right' as const },
  { title: 'error', shrinksTo: 16 },
]

function stepCells(step: RunStep, now: Date): Cell[] {
  const { startedAt, completedAt } = step
  const took = startedAt === null ? null : (completedAt ?? now).getTime() - startedAt.getTime()
  return [
    step.fatal ? step.stepKey : `${step.stepKey} (not fatal)`,
    markFor(stepMarks, step.status),
    step.datasetKey,
    took === null ? null : formatDuration(took),
    step.recordsAffected,
    progressWords(step),
    step.errorMessage ?? '',
  ]
}

/** `3 of 10 (30 %)`, `3` when the end is not known, null when nothing was said. */
export function progressWords({ progressDone, progressTotal }: RunStep): string | null {
  if (progressDone === null) return null
  if (progressTotal === null || progressTotal <= 0) return progressDone.toLocaleString('en-US')
  const percent = Math.min(100, Math.floor((progressDone / progressTotal) * 100))
  return `${progressDone.toLocaleString('en-US')} of ${progressTotal.toLocaleString('en-US')} (${percent} %)`
}

export function runDocument({ asOf: _read, cursor: _place, ...run }: Run): object {
  return run
}
