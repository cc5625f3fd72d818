import { counted } from '../../shared/counted.ts'
import type { RunProblem } from '../../shared/domain.ts'
import { formatDuration, formatInstant } from '../../shared/duration.ts'
import { Problem } from '../../shared/errors.ts'
import { heldWords } from '../../shared/holds.ts'
import { holdOfJob } from '../jobs/held-job.ts'
import type { Hold } from '../store/holds.ts'
import { listRunSteps, type RunStep } from '../store/run-steps.ts'
import { listRuns, type Run } from '../store/scheduled-job-runs.ts'
import { getJob, type Job } from '../store/scheduled-jobs.ts'
import { printRun, progressWords, runDocument, statusWords } from './commands/runs.ts'
import type { GlobalFlags } from './context.ts'
import { outlasting } from './outlast-database.ts'
import { markFor, markText, stepMarks } from './output/marks.ts'
import { ageAndInstant, shortId } from './output/printer.ts'
import { safeText } from './output/safe-text.ts'
import { cutTo } from './output/table.ts'
import { interruptedExitCode, pause } from './pause.ts'
import type { Session } from './session.ts'

export interface WaitFlags extends GlobalFlags {
  /** Seconds. */
  readonly timeout?: string
}

const pollMs = 300

/**
 * Shows how the newest run of a job goes, until it ends: 0 completed, 1 failed or cancelled, 2 not ended in time, or never to be started.
 * A run that was only put off (snoozed, released, or its agent lost) is no end: the next one is waited for. Steps are told as they
 * change; on a terminal a last line shows the progress. Interrupted, it only stops watching; a database that is away is waited for.
 */
export async function waitForRun(session: Session, job: Job, flags: WaitFlags): Promise<void> {
  const live = liveLine(session)
  try {
    await watch(session, job, flags, live)
  } finally {
    live.clear()
  }
}

async function watch(session: Session, job: Job, flags: WaitFlags, live: LiveLine): Promise<void> {
  const { context, database, print, interrupted } = session
  const lookAgain = `Look again: pm runs --job ${shortId(job.id)}`
  const giveUpAt = context.clock.monotonic() + timeoutMs(flags.timeout)
  const ask = outlasting(session, { tell: (words) => live.say(words), fix: lookAgain, giveUpAt })
  const told = new Set<string>()
  const tellOnce = (what: string, words: string): void => {
    if (!told.has(what)) live.say(words)
    told.add(what)
  }
  let isRunning = false
  for (let turn = 0; ; turn += 1) {
    const seen = await ask(() => look(database, job))
    if (seen === null) break
    const { now, run, hold, steps } = seen
    for (const step of steps) tellOnce(`${run?.id ?? ''} ${step.position} ${step.status}`, stepWords(step))
    isRunning = run !== undefined && run.completedAt === null
    const ended = isRunning ? undefined : run
    if (ended !== undefined && !isPutOff(ended, now)) {
      const after = await ask(() => getJob(database, job.id))
      live.clear()
      return tellEnd(session, ended, steps, after)
    }
    if (!isRunning && now?.status !== 'active') throw neverStarts(job, now)
    if (ended !== undefined) tellOnce(ended.id, putOffWords(ended, now, hold))
    live.show(`${spinner[turn % spinner.length] ?? ''} ${progressLine(isRunning ? run : undefined, steps, hold)}`)
    if (context.clock.monotonic() > giveUpAt) throw tooLate(job, isRunning ? run : undefined, flags)
    if (!(await pause(pollMs, interrupted))) break
  }
  live.clear()
  print.note(`No longer watching; ${isRunning ? 'the run goes on' : 'the job stays queued'}. ${lookAgain}`)
  context.setExitCode(interruptedExitCode)
}

/** The job first: what it says is then never older than the run that has ended. */
async function look(database: Session['database'], job: Job) {
  const now = await getJob(database, job.id)
  const [run] = await listRuns(database, { ...anyRun, jobId: job.id })
  const hold = now === null || now.currentRunId !== null ? null : await holdOfJob(database, now, null)
  return { now, run, hold, steps: run === undefined ? [] : await listRunSteps(database, run.id) }
}

/** Ends of a run after which the same job is planned again, whatever its retries. */
const putOff: ReadonlySet<RunProblem | null> = new Set(['snoozed', 'released', 'agent_lost'])

/** A job that died of it (J5) is active, and never runs by itself: then the run is the end. */
function isPutOff({ problem }: Run, job: Job | null): boolean {
  const isDead = job?.status === 'active' && job.nextRunAt === null && job.currentRunId === null
  return putOff.has(problem) && !isDead
}

function putOffWords(run: Run, job: Job | null, hold: Hold | null): string {
  const why = run.errorMessage === null ? '' : ` (${run.errorMessage})`
  return `${statusWords(run)}${why}. It is tried again ${whenNext(job, hold)}.`
}

function whenNext(job: Job | null, hold: Hold | null): string {
  const next = job?.nextRunAt ?? null
  // What is due later than the hold ends does not wait for it.
  if (hold !== null && (hold.endsAt === null || next === null || next < hold.endsAt)) {
    return hold.endsAt === null ? 'once its hold is ended' : `when its hold ends, ${formatInstant(hold.endsAt)}`
  }
  const isSoon = job === null || next === null || next.getTime() - job.asOf.getTime() < 2_000
  return isSoon ? 'as soon as an agent is free' : ageAndInstant(next, job.asOf)
}

function neverStarts(job: Job, now: Job | null): Problem {
  if (now?.status === 'paused') {
    return new Problem('conflict', `${job.name} was paused before it was done; it starts once it is resumed.`, {
      field: 'job',
      value: job.id,
      fix: `Go on with it: pm resume ${shortId(job.id)}`,
    })
  }
  const what = now === null ? 'removed' : 'put away'
  return new Problem('conflict', `${job.name} was ${what} before it was done; it will not run.`, {
    field: 'job',
    value: job.id,
    fix: 'Queue it once more.',
  })
}

const anyRun = { brandId: null, jobType: null, status: null, problem: null, after: null, limit: 1 }
const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']

/** `after`: the job once its run has ended, with what it does next; null where nobody knows. */
function tellEnd({ print, context }: Session, run: Run, steps: readonly RunStep[], after: Job | null): void {
  const retryAt = after?.status === 'active' && run.status === 'failed' ? after.nextRunAt : null
  print.answer({ run: runDocument(run), steps, retryAt }, () => {
    printRun(run, steps, print)
    if (after === null || retryAt === null) return
    print.line(
      `It is tried again ${ageAndInstant(retryAt, after.asOf)}. Take that back: pm archive ${shortId(after.id)}`,
      'yellow',
    )
  })
  context.setExitCode(run.status === 'completed' ? 0 : 1)
}

function stepWords(step: RunStep): string {
  const mark = markFor(stepMarks, step.status)
  const records = step.recordsAffected === null ? '' : `, ${counted(step.recordsAffected, 'record')}`
  const error = step.errorMessage === null ? '' : `: ${step.errorMessage}`
  return `${markText(mark)}  ${step.stepKey}${records}${error}`
}

function progressLine(run: Run | undefined, steps: readonly RunStep[], hold: Hold | null): string {
  if (run === undefined) return hold === null ? 'waits for an agent' : heldWords(hold)
  const step = steps.find(({ status }) => status === 'running')
  const progress = step === undefined ? null : progressWords(step)
  const where = step === undefined ? 'running' : `${step.stepKey}${progress === null ? '' : ` ${progress}`}`
  return `${where}, ${formatDuration(run.durationMs ?? 0)}`
}

interface LiveLine {
  /** A line that stays. */
  say(text: string): void
  /** The last line, until the next call. */
  show(text: string): void
  clear(): void
}

/** On stderr, so that stdout holds only the answer; without a terminal there is no last line. */
function liveLine({ context: { stderr }, print }: Session): LiveLine {
  const terminal = stderr.isTTY === true
  const wipe = terminal ? `\r${String.fromCharCode(0x1b)}[2K` : ''
  return {
    say: (text) => {
      stderr.write(wipe)
      print.note(text)
    },
    show: (text) => {
      if (terminal) stderr.write(wipe + cutTo(safeText(text), (stderr.columns ?? 80) - 1))
    },
    clear: () => {
      stderr.write(wipe)
    },
  }
}

function timeoutMs(text: string | undefined): number {
  if (text === undefined) return Number.POSITIVE_INFINITY
  const seconds = Number(text)
  if (/^\d{1,7}$/.test(text.trim()) && seconds > 0) return seconds * 1_000
  throw new Problem('invalid_input', `The timeout "${text}" is not a number of seconds.`, {
    field: '--timeout',
    value: text,
    fix: 'Give whole seconds, for example --timeout 600.',
  })
}

function tooLate(job: Job, run: Run | undefined, { timeout = '' }: WaitFlags): Problem {
  const where = run === undefined ? 'has not started' : 'has not ended'
  const message = `${job.name} ${where} within ${formatDuration(Number(timeout) * 1_000)}; it goes on without being watched.`
  const stop = run === undefined ? `pm archive ${shortId(job.id)}` : `pm cancel ${shortId(run.id)}`
  return new Problem('unavailable', message, { field: '--timeout', value: timeout, fix: `To stop it: ${stop}` })
}
