import { atMostWords } from '../../shared/due-words.ts'
import { formatAge, formatHours, formatInstant } from '../../shared/duration.ts'
import type { RefreshingJob } from '../store/refreshing-jobs.ts'
import type { DatasetSituation, Facts } from './dataset-view.ts'
import { outsideWords } from './outside-words.ts'
import { endOf, isSpent } from './past-failures.ts'

export interface ChainLink {
  readonly kind: 'policy' | 'last_success' | 'job' | 'run' | 'step' | 'error' | 'agent'
  readonly text: string
  readonly jobId: string | null
  readonly runId: string | null
}

/** Why a dataset is as it is: policy, last success, job, last run, step, error, agent; what does not apply is left out. */
export function whyChain(
  situation: DatasetSituation,
  facts: Facts,
  agentNames: (jobType: string) => string[],
): ChainLink[] {
  const { view, jobs, outside } = situation
  const now = facts.asOf
  const links: ChainLink[] = [link('policy', policyText(situation)), link('last_success', successText(situation, now))]
  const job = decisive(jobs, view.lastSuccessAt?.getTime() ?? null)
  const nobody = outside === null ? 'No job of this brand refreshes it.' : outsideWords(outside, now)
  if (job === null) links.push(link('job', nobody))
  else links.push(link('job', jobText(job, now), job.id))
  const runId = job?.runningId ?? situation.lastRunId ?? job?.lastRunId ?? null
  const run = runText(situation, job, now)
  if (run !== null) links.push(link('run', run, job?.id ?? null, runId))
  const step = job?.runningSince ? job.runningStep : (situation.failedStep ?? failedStepOf(job))
  if (step !== null) links.push(link('step', stepText(step, job), job?.id ?? null, runId))
  const error = view.error ?? (job?.lastRunStatus === 'failed' ? (job.failedStepError ?? job.lastError) : null)
  if (error !== null) links.push(link('error', error, job?.id ?? null, runId))
  if (job !== null) links.push(link('agent', agentText(job, facts, agentNames(job.jobType))))
  return links
}

function link(
  kind: ChainLink['kind'],
  text: string,
  jobId: string | null = null,
  runId: string | null = null,
): ChainLink {
  return { kind, text, jobId, runId }
}

const sources = {
  brand: 'set for this brand',
  dataset: 'set for the dataset',
  page: 'asked for by the strictest page',
  none: '',
} as const

function policyText({ view: { maxAgeHours, maxAgeSource, warnAgeHours, due } }: DatasetSituation): string {
  const risk = warnAgeHours === null ? '' : `is at risk from ${formatHours(warnAgeHours)} on`
  if (maxAgeHours === null)
    return risk === '' ? 'Nothing says how old it may be.' : `It ${risk}; nothing says how old it may be.`
  const warning = risk === '' ? '' : `, and ${risk}`
  return `It may be ${atMostWords(maxAgeHours, due)} (${sources[maxAgeSource]})${warning}.`
}

function successText({ view: { lastSuccessAt, records } }: DatasetSituation, now: Date): string {
  if (lastSuccessAt === null) return 'It has never succeeded.'
  const count = records === null ? '' : `, ${records} ${records === 1 ? 'record' : 'records'}`
  return `It last succeeded ${formatAge(lastSuccessAt, now)} (${formatInstant(lastSuccessAt)})${count}.`
}

/** The one that runs, else the next planned, else one that is active, else one that is paused; last what is spent. */
function decisive(jobs: readonly RefreshingJob[], lastSuccessMs: number | null): RefreshingJob | null {
  const rank = (job: RefreshingJob): number => {
    if (job.runningSince !== null) return 0
    if (job.status === 'paused') return 3
    if (job.nextRunAt !== null) return 1
    return isSpent(endOf(job), lastSuccessMs) ? 4 : 2
  }
  const planned = ({ nextRunAt }: RefreshingJob): number => nextRunAt?.getTime() ?? 0
  const [first] = jobs.toSorted((left, right) => rank(left) - rank(right) || planned(left) - planned(right))
  return first ?? null
}

function jobText(job: RefreshingJob, now: Date): string {
  if (job.status === 'paused') {
    return `${job.name} is paused${job.pausedAt === null ? '' : ` since ${formatInstant(job.pausedAt)}`}.`
  }
  if (job.runningSince !== null) return `${job.name} is running.`
  if (job.nextRunAt === null) {
    return job.lastRunStatus === 'failed'
      ? `${job.name} is dead: its attempts are exhausted.`
      : `${job.name} has no run planned.`
  }
  if (job.nextRunAt <= now) return `${job.name} has been due since ${formatInstant(job.nextRunAt)}.`
  return `${job.name} runs next ${formatAge(job.nextRunAt, now)} (${formatInstant(job.nextRunAt)}).`
}

function runText({ view }: DatasetSituation, job: RefreshingJob | null, now: Date): string | null {
  if (job?.runningSince) return `A run is in progress, started ${formatAge(job.runningSince, now)}.`
  if (view.lastAttemptAt !== null) {
    const words = {
      completed: 'completed',
      failed: 'failed',
      running: 'is in progress',
      unknown: 'has an unknown outcome',
    }
    return `Its last attempt, ${formatAge(view.lastAttemptAt, now)}, ${words[view.lastAttempt]}.`
  }
  if (job === null) return null
  if (job.lastRunStatus === null) return 'It has never run.'
  return `The last run of ${job.name} ended ${formatAge(job.lastRunFinishedAt, now)}: ${job.lastRunStatus}.`
}

function failedStepOf(job: RefreshingJob | null): string | null {
  return job?.lastRunStatus === 'failed' ? job.failedStep : null
}

function stepText(step: string, job: RefreshingJob | null): string {
  return job?.runningSince ? `It is at step ${step}.` : `It failed at step ${step}.`
}

function agentText({ jobType }: RefreshingJob, { runnable, anyAgentAlive }: Facts, names: readonly string[]): string {
  const [first, ...others] = names
  if (first !== undefined) {
    return others.length === 0
      ? `Agent ${first} can run ${jobType}.`
      : `${names.length} agents can run ${jobType}, ${first} among them.`
  }
  if (runnable.has(jobType)) return `Another program runs ${jobType}.`
  return anyAgentAlive ? `No agent can run ${jobType}.` : `No agent is running, so nobody runs ${jobType}.`
}
