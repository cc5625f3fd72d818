import type { JsonObject, LogLevel } from '../../shared/domain.ts'
import { formatDuration } from '../../shared/duration.ts'
import type { FreshnessChange } from '../application/freshness-watch.ts'
import type { LogEntry } from '../application/log.ts'
import type { AgentEvent, RunLabel } from '../scheduler/events.ts'
import { attemptMarks, freshnessMarks, type Mark, runMarks } from './output/marks.ts'
import { shortId } from './output/printer.ts'

/** A log entry with the mark a person sees before it; null where there is no state to show. */
export interface EventLine extends LogEntry {
  readonly mark: Mark | null
}

type EventOf<Type extends AgentEvent['type']> = Extract<AgentEvent, { type: Type }>

const describers: {
  readonly [Type in AgentEvent['type']]: (event: EventOf<Type>, elapsedMs: number | null) => EventLine
} = {
  run_started: ({ run, missed }) => {
    const late = missed > 0 ? `, after ${missed} missed` : ''
    const again = run.attempt > 1 ? `, attempt ${run.attempt}` : ''
    return lineOf('info', 'run_started', runMarks.running, `${titleOf(run)} started${again}${late}`, {
      ...fieldsOf(run),
      missed,
    })
  },
  run_ended: (event, elapsedMs) => {
    const { level, mark, words } = endOf(event)
    const took = elapsedMs === null ? '' : ` after ${quickDuration(elapsedMs)}`
    const why = event.errorMessage === null ? '' : `: ${event.errorMessage}`
    return lineOf(level, 'run_ended', mark, `${titleOf(event.run)} ${words}${took}${why}`, {
      ...fieldsOf(event.run),
      status: event.status,
      problem: event.problem,
      error: event.errorMessage,
      duration_ms: elapsedMs === null ? null : Math.round(elapsedMs),
    })
  },
  run_lost: ({ run }) => {
    const message = `${titleOf(run)} is not ours any more (taken over, or its job was removed); its result is dropped`
    return lineOf('warn', 'run_lost', attemptMarks.unknown, message, fieldsOf(run))
  },
  run_kept: ({ run }) => {
    const message = `${titleOf(run)} has ended; its result waits on this device for the database and is delivered at the next start`
    return lineOf('warn', 'run_kept', attemptMarks.unknown, message, fieldsOf(run))
  },
  late_result: ({ runId, isDelivered, message }) =>
    lineOf(isDelivered ? 'info' : 'warn', 'late_result', null, message, { run_id: runId, delivered: isDelivered }),
  run_recovered: ({ runId, jobId, message }) =>
    lineOf('warn', 'run_recovered', attemptMarks.failed, message, { run_id: runId, job_id: jobId }),
  job_skipped: ({ jobId, message }) => lineOf('info', 'job_skipped', null, message, { job_id: jobId }),
  database: ({ reachable, message }) =>
    reachable
      ? lineOf('info', 'database_back', null, 'The database answers.')
      : lineOf('error', 'database_lost', attemptMarks.failed, message),
  database_replaced: ({ message }) => lineOf('warn', 'database_replaced', attemptMarks.unknown, message),
  listening: ({ listening, message }) =>
    listening
      ? lineOf('debug', 'listening', null, 'Listening for wake-ups.')
      : lineOf('warn', 'not_listening', null, `Wake-ups are not heard (${message}); due jobs are found by polling.`),
  trouble: ({ message }) => lineOf('warn', 'trouble', null, message),
  state: ({ state }) => lineOf('debug', 'state', null, `The agent is ${state}.`, { state }),
}

/** What an event says to a person. `elapsedMs`: since the run it is about has started; null = not known. */
export function describeEvent(event: AgentEvent, elapsedMs: number | null): EventLine {
  // The map's entry for a type takes exactly that type; the compiler cannot follow the pair.
  const describe = describers[event.type] as (event: AgentEvent, elapsedMs: number | null) => EventLine
  return describe(event, elapsedMs)
}

/** Only turning stale and recovering from it are worth a line: the rest is shown, and passes by itself. */
export function describeChange({ brand, dataset, before }: FreshnessChange): EventLine | null {
  const fields = { brand: brand.name, brand_id: brand.id, dataset: dataset.dataset, before, after: dataset.freshness }
  const mark = freshnessMarks[dataset.freshness]
  const title = `${dataset.label} of ${brand.name}`
  if (dataset.freshness === 'stale') {
    return lineOf('warn', 'dataset_stale', mark, `${title} turned stale. ${dataset.reason ?? ''}`.trimEnd(), fields)
  }
  if (before !== 'stale') return null
  const words = dataset.freshness === 'fresh' ? 'is fresh again' : `is no longer stale, but ${mark.word}`
  return lineOf('info', 'dataset_recovered', mark, `${title} ${words}`, fields)
}

function lineOf(
  level: LogLevel,
  event: string,
  mark: Mark | null,
  message: string,
  fields: JsonObject = {},
): EventLine {
  return { level, event, mark, message, fields }
}

/** Like formatDuration, with the milliseconds of what takes less than a second. */
function quickDuration(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : formatDuration(ms)
}

/** `machine_load for Acme` */
export function titleOf(run: Pick<RunLabel, 'jobType' | 'brandName'>): string {
  return run.brandName === null ? run.jobType : `${run.jobType} for ${run.brandName}`
}

function endOf({ status, problem, run }: EventOf<'run_ended'>): { level: LogLevel; mark: Mark; words: string } {
  const at = run.attempt > 1 ? `, attempt ${run.attempt},` : ''
  if (problem === 'warnings') return { level: 'warn', mark: warned, words: `completed with warnings${at}` }
  if (problem === 'released') return { level: 'info', mark: runMarks.cancelled, words: 'was given back' }
  if (problem === 'snoozed') return { level: 'info', mark: runMarks.cancelled, words: 'was put off' }
  if (status === 'failed') return { level: 'error', mark: runMarks.failed, words: `failed${at}` }
  return { level: 'info', mark: runMarks[status], words: `${status}${at}` }
}

const warned: Mark = { shape: '◐', word: 'with warnings', color: 'yellow' }

function fieldsOf(run: RunLabel): JsonObject {
  return {
    run_id: run.runId,
    run: shortId(run.runId),
    job_id: run.jobId,
    job: run.jobName,
    job_type: run.jobType,
    brand: run.brandName,
    attempt: run.attempt,
  }
}
