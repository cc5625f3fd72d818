import { parseCadence } from '../../../shared/cadence.ts'
import { counted } from '../../../shared/counted.ts'
import { jobStatuses, legacyTimeZone, scheduleTypes } from '../../../shared/domain.ts'
import { formatAge } from '../../../shared/duration.ts'
import { describeError } from '../../../shared/errors.ts'
import { type KnownCatalog, refreshedDatasets } from '../../freshness/known-catalog.ts'
import { knownCatalog } from '../../freshness/overview.ts'
import type { Catalog } from '../../jobs/catalog/catalog.ts'
import { checkParameters } from '../../jobs/catalog/parameters.ts'
import { formatPath } from '../../settings/finding.ts'
import { type KnownAgent, listAgents } from '../../store/agent-list.ts'
import type { Database } from '../../store/database.ts'
import { databaseNow } from '../../store/database-clock.ts'
import { enableCommand, listOrganizationFeatures, pipelineManagerFeature } from '../../store/organization-features.ts'
import { type ForeignJobType, listForeignJobTypes } from '../../store/scheduled-job-runs.ts'
import { type CheckedJob, listJobsToCheck, listOverdueJobs, listStuckRuns } from '../../store/work-facts.ts'
import { shortId } from '../output/printer.ts'
import { type Finding, listed, ok, problem, warning } from './finding.ts'

/** What the rows say: agents, jobs nobody can run, rows with nonsense, stuck runs, features. */
export async function checkWork(database: Database, catalog: Catalog, aliveSeconds: number): Promise<Finding[]> {
  const agents = await listAgents(database, aliveSeconds)
  const [jobs, foreign, now] = await Promise.all([
    listJobsToCheck(database),
    listForeignJobTypes(database),
    databaseNow(database),
  ])
  const known = knownCatalog(catalog, agents)
  return [
    ...agentFindings(agents, now),
    ...known.conflicts.map((conflict) => warning('catalogs', conflict, 'Make the two descriptions the same.')),
    ...unrunnableFindings(jobs, agents, foreign),
    ...sharedFindings(foreign),
    ...jobFindings(jobs, known),
    ...(await stuckFindings(database, now)),
    ...(await overdueFindings(database, now)),
    ...(await featureFindings(database)),
  ]
}

function agentFindings(agents: readonly KnownAgent[], now: Date): Finding[] {
  const alive = agents.filter((agent) => agent.alive)
  const lost = agents.filter((agent) => !agent.alive && agent.state !== 'stopped')
  const gone = lost.map(({ name, host, heartbeatAt }) => `${name} on ${host} (${formatAge(heartbeatAt, now)})`)
  return [
    alive.length > 0
      ? ok('agents', `${counted(alive.length, 'agent')} running: ${listed(alive.map(({ name }) => name))}.`)
      : warning('agents', 'No agent is running, so nothing is run.', 'Start one: pm start, or pm agent on a server.'),
    ...(gone.length === 0
      ? []
      : [
          warning(
            'agents',
            `Not heard of since, and never stopped: ${listed(gone)}.`,
            'Start them again if they are needed.',
          ),
        ]),
  ]
}

function unrunnableFindings(
  jobs: readonly CheckedJob[],
  agents: readonly KnownAgent[],
  foreign: readonly ForeignJobType[],
): Finding[] {
  const runnable = new Set(agents.filter(({ alive }) => alive).flatMap(({ jobTypes }) => jobTypes))
  for (const { jobType } of foreign) runnable.add(jobType)
  const active = jobs.filter(({ status, jobType }) => status === 'active' && !runnable.has(jobType))
  const types = Map.groupBy(active, ({ jobType }) => jobType)
  return [...types].map(([jobType, waiting]) => {
    const once = agents
      .filter((agent) => agent.jobTypes.includes(jobType))
      .map(({ name, host }) => `${name} on ${host}`)
    const fix =
      once.length > 0
        ? `Start one that can: ${listed(once)}.`
        : `Say what its steps run in the pipeline-manager.yaml of an agent.`
    const message = `No running agent can run ${jobType}; ${counted(waiting.length, 'active job')} ${waiting.length === 1 ? 'waits' : 'wait'}.`
    return problem('job types', message, fix)
  })
}

/** The older worker knows no leases and re-reads nothing. */
function sharedFindings(foreign: readonly ForeignJobType[]): Finding[] {
  return foreign
    .filter(({ shared }) => shared)
    .map(({ jobType }) =>
      problem(
        'shared job types',
        `${jobType} was run by agents and by another program in the last 7 days. This is not safe: the older worker fails anything running over 30 minutes.`,
        `Let only one of them run it: leave ${jobType} out of job_types of the agents, or out of the other program.`,
      ),
    )
}

function jobFindings(jobs: readonly CheckedJob[], known: KnownCatalog): Finding[] {
  const findings = [
    ...nonsense(jobs),
    ...cadenceFindings(jobs),
    ...mondayFindings(jobs),
    ...platformFindings(jobs, known),
    ...parameterFindings(jobs, known),
  ]
  return findings.length > 0 ? findings : [ok('jobs', `${counted(jobs.length, 'job')} looked at; all can be read.`)]
}

function nameOf({ name, brandName, id }: CheckedJob): string {
  return `${name} of ${brandName ?? 'the platform'} (${shortId(id)})`
}

function nonsense(jobs: readonly CheckedJob[]): Finding[] {
  const fix = 'Correct the rows; nothing runs them as they are.'
  const list = (odd: readonly CheckedJob[], what: string): Finding[] =>
    odd.length === 0 ? [] : [problem('jobs', `${what}: ${listed(odd.map(nameOf))}.`, fix)]
  const words = { statuses: new Set<string>(jobStatuses), types: new Set<string>(scheduleTypes) }
  return [
    ...list(
      jobs.filter(({ status }) => !words.statuses.has(status)),
      'The status is no known word',
    ),
    ...list(
      jobs.filter(({ scheduleType }) => !words.types.has(scheduleType)),
      'The schedule type is no known word',
    ),
    ...list(
      jobs.filter(({ oddNextRun }) => oddNextRun),
      'The next run is more than five years away or no time at all',
    ),
    ...list(
      jobs.filter(({ brandId, brandName }) => brandId !== null && brandName === null),
      'The brand does not exist',
    ),
  ]
}

function cadenceFindings(jobs: readonly CheckedJob[]): Finding[] {
  const faults = new Map<string, CheckedJob[]>()
  for (const job of jobs.filter(({ scheduleType }) => scheduleType === 'recurring')) {
    const reason = cadenceFault(job)
    if (reason !== null) faults.set(reason, [...(faults.get(reason) ?? []), job])
  }
  return [...faults].map(([reason, broken]) =>
    problem(
      'schedules',
      `${reason} ${listed(broken.map(nameOf))} will not run.`,
      'Give it a schedule: pm schedule <job type> --brand <name> --cron … --zone …',
    ),
  )
}

function cadenceFault({ cronExpression, timeZone }: CheckedJob): string | null {
  try {
    parseCadence(cronExpression ?? '', timeZone ?? legacyTimeZone)
    return null
  } catch (error) {
    const shown = cronExpression === null || cronExpression === '' ? '' : ` ("${cronExpression}")`
    return `${describeError(error)}${shown}`
  }
}

/** A row without a zone was written by an older program; some of those count the days of the week from Monday = 0. */
function mondayFindings(jobs: readonly CheckedJob[]): Finding[] {
  const suspicious = jobs.filter(
    ({ scheduleType, timeZone, cronExpression }) =>
      scheduleType === 'recurring' &&
      timeZone === null &&
      /^\S+\s+\S+\s+\S+\s+\S+\s+[0-6]$/.test((cronExpression ?? '').trim()),
  )
  if (suspicious.length === 0) return []
  const message = `Weekly schedules of an older program: ${listed(suspicious.map(nameOf))}. Here 0 is Sunday; some programs write 0 for Monday.`
  const fix = 'Check the day each one runs on ("pm jobs" shows it in words), then set it again with pm schedule.'
  return [warning('schedules', message, fix)]
}

function platformFindings(jobs: readonly CheckedJob[], { jobTypes }: KnownCatalog): Finding[] {
  const lost = jobs.filter(({ brandId, jobType }) => {
    const type = brandId === null ? jobTypes.get(jobType) : undefined
    return type !== undefined && refreshedDatasets(type, {}).length > 0
  })
  if (lost.length === 0) return []
  const message = `Jobs without a brand refresh no dataset, though their type would: ${listed(lost.map(nameOf))}.`
  return [warning('jobs', message, 'Make one job per brand, or keep them if only their side effects are wanted.')]
}

function parameterFindings(jobs: readonly CheckedJob[], { jobTypes }: KnownCatalog): Finding[] {
  return jobs.flatMap((job) => {
    const type = jobTypes.get(job.jobType)
    const checked = type === undefined ? {} : checkParameters(type, job.parameters)
    if (!Array.isArray(checked)) return []
    const what = listed(checked.map(({ path, message }) => `${formatPath(path) || 'the whole'} ${message}`))
    return [
      problem(
        'parameters',
        `${nameOf(job)} has parameters that its job type refuses: ${what}.`,
        'Correct them with pm schedule … --param.',
      ),
    ]
  })
}

async function stuckFindings(database: Database, now: Date): Promise<Finding[]> {
  const stuck = await listStuckRuns(database)
  if (stuck.length === 0) return [ok('runs', 'No run is stuck.')]
  const names = stuck.map(({ jobName, brandName, runId, startedAt }) => {
    return `${jobName} of ${brandName ?? 'the platform'} (${shortId(runId)}, started ${formatAge(startedAt, now)})`
  })
  const fix = 'Any running agent ends them and plans them again: start one (pm agent).'
  return [warning('runs', `${counted(stuck.length, 'run')} nobody works on any more: ${listed(names)}.`, fix)]
}

async function overdueFindings(database: Database, now: Date): Promise<Finding[]> {
  const overdue = await listOverdueJobs(database)
  return overdue.map(({ jobType, jobs, since }) =>
    warning(
      'overdue',
      `${counted(jobs, 'job')} of ${jobType} due since ${formatAge(since, now)} and not started.`,
      'Start an agent that can run it, or raise its concurrency.',
    ),
  )
}

async function featureFindings(database: Database): Promise<Finding[]> {
  const features = await listOrganizationFeatures(database)
  const off = features.filter(({ feature, enabled }) => feature === pipelineManagerFeature && !enabled)
  if (off.length === 0) return []
  const names = listed(off.map(({ organizationName }) => organizationName))
  return [warning('features', `The console hides Pipeline Manager from these organizations: ${names}.`, enableCommand)]
}
