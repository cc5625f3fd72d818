import type { JobRow } from '../../../shared/contract/jobs.ts'
import { jobStatuses } from '../../../shared/domain.ts'
import { formatAge, formatDuration } from '../../../shared/duration.ts'
import { heldWords, isInForce } from '../../../shared/holds.ts'
import { cadenceOfJob } from '../../components/cadence-reading.ts'
import { isHeld, stepInWords } from '../../jobs/job-words.ts'

/** The sentence an operator would say of a job: what it does now, why, and what comes next. */
export function answerOfJob(job: JobRow, now: Date): string {
  const sentence = sentences[job.state](job, now)
  if (job.hold !== null && isHeld(job, now)) return `${capital(heldWords(job.hold))}. ${sentence}`
  const needsAgent = job.hasNoAgent && job.currentRun === null && job.state !== 'completed' && job.state !== 'archived'
  if (!needsAgent) return sentence
  return `No agent can run ${job.jobType}. Add an executor for it on one agent; the job waits until then. ${
    job.state === 'active' ? '' : sentence
  }`.trim()
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}

const sentences: Readonly<Record<JobRow['state'], (job: JobRow, now: Date) => string>> = {
  running: runningInWords,
  retrying: (job, now) =>
    `Attempt ${Math.max(1, job.attempt - 1)} of ${job.maxRetries + 1} failed. Attempt ${job.attempt} ${startInWords(job, now)}.`,
  dead: deadInWords,
  active: waitingInWords,
  paused: ({ status }) =>
    isOurs(status)
      ? 'Paused: nothing starts until somebody resumes it.'
      : `Its status is “${status.slice(0, 60)}”, which only another program knows; it counts as paused, and nothing starts.`,
  completed: ({ runsCompleted, maxRuns, scheduleType }) =>
    scheduleType === 'recurring'
      ? `Completed: it has run ${runsCompleted} of ${maxRuns ?? runsCompleted} times, and does not run again.`
      : 'Completed: it ran once, as it should.',
  archived: () => 'Archived: it does not run, and only its own filter shows it.',
}

function runningInWords(job: JobRow, now: Date): string {
  const run = job.currentRun
  if (run === null) return 'Running.'
  const where = run.step === null ? '' : `, at step ${stepInWords(run.step)}`
  const on = run.agentName === null ? ' for another program' : ` on ${run.agentName.slice(0, 100)}`
  const tries = run.attempt > 1 ? `, attempt ${run.attempt} of ${job.maxRetries + 1}` : ''
  const since = formatDuration(Math.max(0, now.getTime() - run.startedAt.getTime()))
  if (run.cancelRequestedAt !== null) return `Stopping${on}, after ${since}.`
  return `Running for ${since}${on}${where}${tries}.`
}

function deadInWords(job: JobRow): string {
  if (job.scheduleType === 'recurring' && cadenceOfJob(job) === null)
    return 'Dead: its schedule cannot be read, so no run is planned. Correct the schedule.'
  return 'Dead: no attempts are left, and nothing runs by itself any more. Correct the cause, then retry it.'
}

function waitingInWords(job: JobRow, now: Date): string {
  if (job.nextRunAt !== null) {
    const what = job.scheduleType === 'recurring' ? 'The next run' : 'It'
    return `${what} ${startInWords(job, now)}.${lastInWords(job, now)}`
  }
  if (job.scheduleType === 'recurring' && cadenceOfJob(job) === null)
    return 'No run is planned: its schedule cannot be read. Correct the schedule.'
  return `No run is planned.${lastInWords(job, now)}`
}

function startInWords({ nextRunAt, hold }: JobRow, now: Date): string {
  if (nextRunAt === null) return 'starts as soon as it is planned'
  const early = nextRunAt.getTime() - now.getTime()
  if (Number.isNaN(early)) return 'starts at a time that cannot be read'
  if (early > 0) return `starts ${formatAge(nextRunAt, now)}`
  return hold === null || !isInForce(hold, now)
    ? 'is due and starts when an agent is free'
    : 'is due and waits for the end of the hold'
}

function lastInWords({ lastRun }: JobRow, now: Date): string {
  if (lastRun === null) return ' It has not run yet.'
  const took = lastRun.durationMs === null ? '' : ` after ${formatDuration(lastRun.durationMs)}`
  const when = lastRun.finishedAt === null ? '' : `, ${formatAge(lastRun.finishedAt, now)}`
  return ` The last one ended ${lastRun.status.slice(0, 60)}${took}${when}.`
}

function isOurs(status: string): boolean {
  return jobStatuses.some((one) => one === status)
}
