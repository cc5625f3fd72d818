import { knownCatalog } from '../../freshness/overview.ts'
import {
  archiveJob,
  cancelRun,
  type JobOutcome,
  pauseJob,
  resumeJob,
  resumeRun,
  retryJob,
} from '../../jobs/operations.ts'
import { listAgents } from '../../store/agent-list.ts'
import type { Actor } from '../../store/operator-actions.ts'
import { cliActor } from '../actor.ts'
import type { CliContext, GlobalFlags } from '../context.ts'
import { brandNamed, jobNamed, jobOrJobOfRun, jobTypeNamed, runOrLastRun, runOrRunningJob } from '../lookup.ts'
import { type Session, withSession } from '../session.ts'
import { jobDocument } from './jobs.ts'
import { busyWords, nobodyRuns } from './run.ts'
import { runDocument } from './runs.ts'

export interface ControlFlags extends GlobalFlags {
  readonly brand?: string
}

export interface RetryFlags extends ControlFlags {
  readonly fromFailedStep?: boolean
}

const changes = { pause: pauseJob, resume: resumeJob, archive: archiveJob } as const

/** `pm pause|resume|archive <job>`. Repeating one changes nothing, says so and ends with 0. */
export async function changeJob(
  context: CliContext,
  verb: keyof typeof changes,
  text: string,
  flags: ControlFlags,
): Promise<void> {
  await withSession(context, flags, 'write', async (session) => {
    const { database } = session
    const job = await jobNamed(database, text, await brandIdOf(session, flags))
    tell(session, await changes[verb](database, cliActor(context), job.id))
  })
}

/** `pm retry <job|run>`. */
export async function retry(context: CliContext, text: string, flags: RetryFlags): Promise<void> {
  await withSession(context, flags, 'write', async (session) => {
    if (flags.fromFailedStep === true) return resume(context, session, text, flags)
    const { database } = session
    const job = await jobOrJobOfRun(database, text, await brandIdOf(session, flags))
    const actor: Actor = cliActor(context)
    const outcome = await retryJob(database, actor, job.id)
    tell(session, outcome, busyWords(outcome.waitsBehind, outcome.job))
  })
}

/** `pm retry <run|job> --from-failed-step`; of a job, its last run. */
async function resume(context: CliContext, session: Session, text: string, flags: ControlFlags): Promise<void> {
  const { database, catalog, settings } = session
  const run = await runOrLastRun(database, text, await brandIdOf(session, flags))
  const agents = await listAgents(database, settings.leaseSeconds)
  const jobType = jobTypeNamed(knownCatalog(catalog, agents), run.jobType)
  const { plan, waitsBehind, ...outcome } = await resumeRun(database, cliActor(context), run, {
    jobType,
    triggerSource: 'manual',
  })
  const skipped = `Not done again: ${[...plan.done.keys()].join(', ')}.`
  const again = plan.again.length === 0 ? null : `Done once more, because it failed: ${plan.again.join(', ')}.`
  const notes = [skipped, again, nobodyRuns(run.jobType, agents, session), busyWords(waitsBehind, outcome.job)]
  tell(session, outcome, notes.filter((note) => note !== null).join(' '))
}

/** `pm cancel <run|job>`. */
export async function cancel(context: CliContext, text: string, flags: ControlFlags): Promise<void> {
  await withSession(context, flags, 'write', async (session) => {
    const { database, print } = session
    const run = await runOrRunningJob(database, text, await brandIdOf(session, flags))
    const outcome = await cancelRun(database, cliActor(context), run.id)
    const { changed, message } = outcome
    print.answer({ changed, message, run: runDocument(outcome.run) }, () => print.line(message))
  })
}

async function brandIdOf({ database }: Session, { brand }: ControlFlags): Promise<string | null> {
  return brand === undefined ? null : (await brandNamed(database, brand)).id
}

function tell({ print }: Session, { job, changed, message }: JobOutcome, note: string | null = null): void {
  print.answer({ changed, message, note, job: jobDocument(job) }, () => {
    const brand = job.brandName === null ? '' : ` (${job.brandName})`
    print.line(`${message}${brand}`)
    if (note !== null) print.line(note, 'yellow')
  })
}
