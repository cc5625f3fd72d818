import { formatAge } from '../../../shared/duration.ts'
import { heldWords } from '../../../shared/holds.ts'
import type { KnownJobType } from '../../freshness/known-catalog.ts'
import { knownCatalog } from '../../freshness/overview.ts'
import { whyNotRunnable } from '../../jobs/catalog/catalog.ts'
import { validateParameters } from '../../jobs/catalog/parameters.ts'
import { holdOfJob } from '../../jobs/held-job.ts'
import { queueOneTimeJob } from '../../jobs/operations.ts'
import { type KnownAgent, listAgents } from '../../store/agent-list.ts'
import type { BusyKey, Job } from '../../store/scheduled-jobs.ts'
import { cliActor } from '../actor.ts'
import type { CliContext, GlobalFlags } from '../context.ts'
import { brandNamed, jobTypeNamed } from '../lookup.ts'
import { shortId } from '../output/printer.ts'
import { shellWord } from '../output/safe-text.ts'
import { readParameters } from '../parameter-flags.ts'
import { priorityOf } from '../schedule-rules.ts'
import { type Session, withSession } from '../session.ts'
import { waitForRun } from '../wait-for-run.ts'
import { jobDocument } from './jobs.ts'

export interface RunFlags extends GlobalFlags {
  readonly brand: string
  readonly param?: readonly string[]
  readonly priority?: string
  readonly wait?: boolean
  readonly timeout?: string
}

/** `pm run <job type>`: queues it for one brand; with `--wait` shows how it goes and ends as it ends. */
export async function runJobType(context: CliContext, key: string, flags: RunFlags): Promise<void> {
  const priority = priorityOf(flags.priority ?? 'normal')
  await withSession(context, flags, 'write', async (session) => {
    const { database, print, settings, catalog } = session
    const agents = await listAgents(database, settings.leaseSeconds)
    const jobType = jobTypeNamed(knownCatalog(catalog, agents), key)
    const brand = await brandNamed(database, flags.brand)
    const parameters = validateParameters(jobType, readParameters(flags.param ?? [], jobType))
    const { job, waitsBehind } = await queueOneTimeJob(database, cliActor(context), {
      brandId: brand.id,
      jobType: jobType.key,
      name: nameFor(jobType),
      parameters,
      triggerSource: 'manual',
      priority,
    })
    const held = await holdOfJob(database, job, null)
    const heldNote = held === null ? null : `It is ${heldWords(held)}. Holds: pm holds`
    const notes = [heldNote, nobodyRuns(jobType.key, agents, session), busyWords(waitsBehind, job)].filter(
      (note) => note !== null,
    )
    if (flags.wait === true) return waitAndTell(session, job, notes, flags)
    print.answer({ job: jobDocument(job), parameters, notes }, () => {
      print.line(`${job.name} for ${brand.name} is queued (job ${shortId(job.id)}).`)
      for (const note of notes) print.line(note, 'yellow')
      print.line(
        `Watch it: pm runs --job ${shortId(job.id)}, or add --wait next time. Take it back: pm archive ${shortId(job.id)}`,
      )
    })
  })
}

async function waitAndTell(session: Session, job: Job, notes: readonly string[], flags: RunFlags): Promise<void> {
  session.print.note(`${job.name} for ${job.brandName ?? 'the platform'} is queued (job ${shortId(job.id)}).`)
  for (const note of notes) session.print.note(note)
  await waitForRun(session, job, flags)
}

function nameFor({ label, key }: KnownJobType): string {
  return `${label.slice(0, 100) || key} (by hand)`
}

/** Null when a living agent can run it. */
export function nobodyRuns(
  key: string,
  agents: readonly KnownAgent[],
  { catalog }: Pick<Session, 'catalog'>,
): string | null {
  const alive = agents.filter((agent) => agent.alive)
  if (alive.some((agent) => agent.jobTypes.includes(key))) return null
  const once = agents.filter((agent) => agent.jobTypes.includes(key)).map(({ name, host }) => `${name} on ${host}`)
  if (once.length > 0) {
    return `No agent that runs now can run ${key}; it waits. These can, once they are started: ${once.join(', ')}.`
  }
  const here = whyNotRunnable(catalog, key)
  const start = here === null ? 'Start one here: pm agent' : here
  return `No agent can run ${key}; it waits until one can. ${start}`
}

/** Null when the way is free. */
export function busyWords(busy: BusyKey | null, job: Job): string | null {
  if (busy === null) return null
  const brand = job.brandName ?? 'the platform'
  const since = formatAge(busy.startedAt, job.asOf)
  return `It waits behind run ${shortId(busy.runId)} of ${busy.jobType} for ${brand}, started ${since}. See it: pm runs ${shellWord(shortId(busy.runId))}`
}
