import type { Clock } from '../../shared/clock.ts'
import type { JsonObject, LogLevel, StepStatus } from '../../shared/domain.ts'
import type { DatasetRecord, DatasetResult, LogRecord, RunEnd, RunProgress, StepRecord } from '../store/run-record.ts'

/** What is known of a step now. Times are monotonic milliseconds. */
export interface StepState {
  readonly position: number
  readonly stepKey: string
  readonly status: StepStatus
  readonly fatal: boolean
  readonly datasetKey: string | null
  readonly startedAt: number | null
  readonly completedAt: number | null
  readonly recordsAffected: number | null
  readonly progressDone: number | null
  readonly progressTotal: number | null
  readonly errorMessage: string | null
  readonly metadata: JsonObject
}

/** Something that happened to a dataset in this run (F1 to F4). */
export interface DatasetEvent {
  readonly datasetKey: string
  readonly stepPosition: number
  readonly status: DatasetRecord['status']
  readonly at: number
  /** Of a success: as of when the data is, where that is earlier: the run was for days that are long over. Absent = `at`. */
  readonly freshAt?: number
  readonly recordsAffected: number | null
  readonly suspicious: boolean
  readonly errorMessage: string | null
  readonly metadata: JsonObject | null
}

interface DatasetState {
  readonly event: DatasetEvent
  /** When the attempt began; null when that is written already. */
  readonly startedAt: number | null
  readonly successAt: number | null
  readonly recordsAffected: number | null
  readonly metadata: JsonObject | null
}

interface Line {
  readonly seq: number
  readonly at: number
  readonly level: LogLevel
  readonly stepKey: string | null
  readonly message: string
}

/** How a run ended, and what becomes of its job. `endedAt` is monotonic milliseconds. */
export type RunConclusion = Omit<RunEnd, keyof RunProgress | 'endedAgeMs'> & { readonly endedAt: number }

interface Unwritten {
  steps: Map<number, StepState>
  datasets: Map<string, DatasetState>
  results: DatasetEvent[]
  lines: Line[]
}

function nothing(): Unwritten {
  return { steps: new Map(), datasets: new Map(), results: [], lines: [] }
}

/**
 * What one run has done and the database does not know yet. Newer states replace older ones, so a step that starts and
 * ends between two writes is written once. `take` hands over everything for a write; `putBack` returns it when the write
 * got no answer, underneath whatever has happened since.
 */
export class RunJournal {
  readonly runId: string
  readonly runToken: string
  readonly organizationId: string | null
  readonly brandId: string | null
  #unwritten: Unwritten = nothing()
  #taken: Unwritten | null = null
  #seq = 0
  #wasTaken = false
  conclusion: RunConclusion | null = null

  constructor(run: { runId: string; runToken: string; organizationId: string | null; brandId: string | null }) {
    this.runId = run.runId
    this.runToken = run.runToken
    this.organizationId = run.organizationId
    this.brandId = run.brandId
  }

  /**
   * The journal of a run that another process kept: all that it had not written, its conclusion included. `keptAt`: monotonic ms of
   * this process at which the ages of the record were right; it may lie before the start of this process, and be negative.
   */
  static restored(record: RunProgress | RunEnd, brandId: string | null, keptAt: number): RunJournal {
    const journal = new RunJournal({ ...record, brandId })
    // Whether any of it was ever sent is not known.
    journal.#wasTaken = true
    journal.#unwritten = unwrittenOf(record, keptAt)
    if ('status' in record) journal.conclusion = conclusionOf(record, keptAt)
    return journal
  }

  step(state: StepState): void {
    this.#unwritten.steps.set(state.position, state)
  }

  dataset(event: DatasetEvent): void {
    const known = this.#unwritten.datasets.get(event.datasetKey)
    const success = event.status === 'completed'
    this.#unwritten.datasets.set(event.datasetKey, {
      event,
      startedAt: event.status === 'running' ? event.at : (known?.startedAt ?? null),
      successAt: success ? (event.freshAt ?? event.at) : (known?.successAt ?? null),
      recordsAffected: success ? event.recordsAffected : (known?.recordsAffected ?? null),
      metadata: success ? event.metadata : (known?.metadata ?? null),
    })
    if (event.status !== 'running') this.#unwritten.results.push(event)
  }

  line(at: number, level: LogLevel, stepKey: string | null, message: string): void {
    this.#seq += 1
    this.#unwritten.lines.push({ seq: this.#seq, at, level, stepKey, message })
  }

  /** Keys of the datasets a write of this journal would touch; two of one batch must not share one. */
  datasetKeys(): string[] {
    return [...this.#unwritten.datasets.keys()].map((key) => `${this.brandId} ${key}`)
  }

  get isEmpty(): boolean {
    const { steps, datasets, results, lines } = this.#unwritten
    return steps.size === 0 && datasets.size === 0 && results.length === 0 && lines.length === 0
  }

  get isTaken(): boolean {
    return this.#taken !== null
  }

  /** Everything unwritten, with times as ages at the moment of this call. */
  take(clock: Clock): RunProgress {
    const taken = this.#unwritten
    this.#taken = taken
    this.#unwritten = nothing()
    const isFirstWrite = !this.#wasTaken
    this.#wasTaken = true
    return { ...this.#identity(), isFirstWrite, ...recordsOf(taken, clock.monotonic()) }
  }

  /** `take`, as the end of the run. */
  takeEnd(clock: Clock, conclusion: RunConclusion): RunEnd {
    return { ...this.take(clock), ...endOf(conclusion, clock.monotonic()) }
  }

  /**
   * Everything that is not known to be written, a write under way included, with the conclusion when there is one; null when there is
   * nothing. Changes nothing here.
   */
  unconfirmed(clock: Clock): RunProgress | RunEnd | null {
    const { conclusion } = this
    if (this.isEmpty && !this.isTaken && conclusion === null) return null
    const now = clock.monotonic()
    const all = this.#taken === null ? this.#unwritten : merged(this.#taken, this.#unwritten)
    const progress = { ...this.#identity(), isFirstWrite: false, ...recordsOf(all, now) }
    return conclusion === null ? progress : { ...progress, ...endOf(conclusion, now) }
  }

  /** The last `take` is written. */
  written(): void {
    this.#taken = null
  }

  /** The last `take` may not have been written: it goes underneath what has happened since. */
  putBack(): void {
    if (this.#taken === null) return
    this.#unwritten = merged(this.#taken, this.#unwritten)
    this.#taken = null
  }

  #identity(): Pick<RunProgress, 'runId' | 'runToken' | 'organizationId'> {
    const { runId, runToken, organizationId } = this
    return { runId, runToken, organizationId }
  }
}

function merged(older: Unwritten, newer: Unwritten): Unwritten {
  const datasets = new Map(older.datasets)
  for (const [key, state] of newer.datasets) {
    const before = older.datasets.get(key)
    datasets.set(key, {
      event: state.event,
      startedAt: state.startedAt ?? before?.startedAt ?? null,
      successAt: state.successAt ?? before?.successAt ?? null,
      recordsAffected: state.recordsAffected ?? before?.recordsAffected ?? null,
      metadata: state.metadata ?? before?.metadata ?? null,
    })
  }
  return {
    steps: new Map([...older.steps, ...newer.steps]),
    datasets,
    results: [...older.results, ...newer.results],
    lines: [...older.lines, ...newer.lines],
  }
}

/** With times as ages at monotonic `now`. */
function recordsOf(
  { steps, lines, datasets, results }: Unwritten,
  now: number,
): Pick<RunProgress, 'steps' | 'lines' | 'datasets' | 'history'> {
  return {
    steps: [...steps.values()].map((step) => stepRecord(step, now)),
    lines: lines.map((line) => lineRecord(line, now)),
    datasets: [...datasets.values()].map((state) => datasetRecord(state, now)),
    history: results.map((event) => datasetResult(event, now)),
  }
}

function endOf({ endedAt, ...conclusion }: RunConclusion, now: number): Omit<RunEnd, keyof RunProgress> {
  return { ...conclusion, endedAgeMs: now - endedAt }
}

function stepRecord(step: StepState, now: number): StepRecord {
  const { startedAt, completedAt, ...rest } = step
  return {
    ...rest,
    startedAgeMs: startedAt === null ? null : now - startedAt,
    completedAgeMs: completedAt === null ? null : now - completedAt,
  }
}

function lineRecord({ at, ...line }: Line, now: number): LogRecord {
  return { ...line, ageMs: now - at }
}

function datasetRecord(state: DatasetState, now: number): DatasetRecord {
  return {
    datasetKey: state.event.datasetKey,
    status: state.event.status,
    attemptAgeMs: now - state.event.at,
    startAgeMs: state.startedAt === null ? null : now - state.startedAt,
    successAgeMs: state.successAt === null ? null : now - state.successAt,
    recordsAffected: state.recordsAffected,
    errorMessage: state.event.errorMessage,
    metadata: state.metadata,
  }
}

function datasetResult(event: DatasetEvent, now: number): DatasetResult {
  return {
    stepPosition: event.stepPosition,
    datasetKey: event.datasetKey,
    // A start is never a result; the journal keeps those out.
    status: event.status === 'running' ? 'unknown' : event.status,
    ageMs: now - event.at,
    ...(event.freshAt === undefined || event.freshAt >= event.at ? {} : { freshAgeMs: now - event.freshAt }),
    recordsAffected: event.recordsAffected,
    suspicious: event.suspicious,
    errorMessage: event.errorMessage,
  }
}

/** The way back: from ages at `keptAt` to monotonic instants. */
function unwrittenOf(record: RunProgress, keptAt: number): Unwritten {
  const instant = (ageMs: number | null): number | null => (ageMs === null ? null : keptAt - ageMs)
  const stepOf = ({ startedAgeMs, completedAgeMs, ...step }: StepRecord): StepState => ({
    ...step,
    startedAt: instant(startedAgeMs),
    completedAt: instant(completedAgeMs),
  })
  const datasetOf = (dataset: DatasetRecord): DatasetState => ({
    // Its place and whether it looked suspicious are with the results.
    event: { ...dataset, at: keptAt - dataset.attemptAgeMs, stepPosition: 0, suspicious: false },
    startedAt: instant(dataset.startAgeMs),
    successAt: instant(dataset.successAgeMs),
    recordsAffected: dataset.recordsAffected,
    metadata: dataset.metadata,
  })
  return {
    steps: new Map(record.steps.map((step) => [step.position, stepOf(step)])),
    datasets: new Map(record.datasets.map((dataset) => [dataset.datasetKey, datasetOf(dataset)])),
    results: record.history.map(({ ageMs, freshAgeMs = ageMs, ...result }) => {
      return { ...result, at: keptAt - ageMs, freshAt: keptAt - freshAgeMs, metadata: null }
    }),
    lines: record.lines.map(({ ageMs, ...line }) => ({ ...line, at: keptAt - ageMs })),
  }
}

function conclusionOf(end: RunEnd, keptAt: number): RunConclusion {
  const { status, problem, endedAgeMs, errorMessage, logs, metadata, recordsAffected, job, ifCancelled } = end
  const endedAt = keptAt - endedAgeMs
  return { status, problem, endedAt, errorMessage, logs, metadata, recordsAffected, job, ifCancelled }
}
