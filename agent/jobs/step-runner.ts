import type { Clock } from '../../shared/clock.ts'
import type { JsonObject, RunProblem, RunStatus, StepStatus } from '../../shared/domain.ts'
import { describeError } from '../../shared/errors.ts'
import { abortOf, type RunAborted } from './abort.ts'
import type { Catalog, JobType, Step } from './catalog/catalog.ts'
import type { RunSpec } from './catalog/run-spec.ts'
import { DatasetAttempts } from './dataset-attempts.ts'
import { type StepContext, StepFailure, type StepFailureKind, type StepResult } from './executors/executor.ts'
import type { RunLog } from './log/run-log.ts'
import type { SecretMasker } from './log/secret-masker.ts'
import type { RunJournal, StepState } from './run-journal.ts'
import { storableCount, storableJson } from './storable.ts'

export interface StepRunnerPorts {
  readonly catalog: Catalog
  readonly clock: Clock
  readonly execute: (spec: RunSpec, context: StepContext) => Promise<StepResult>
  readonly secret: (name: string) => string | undefined
  /** Nothing a step says is stored before it went through here. */
  readonly masker: SecretMasker
  /** Something changed in the journal and should reach the database soon. */
  readonly note: () => void
  /** Writes the journal at once; false when the run is lost. */
  readonly writeNow: () => Promise<boolean>
}

export interface RunFacts {
  readonly runId: string
  readonly firstRunId: string
  readonly jobType: string
  readonly brandId: string | null
  readonly attempt: number
}

/** How the steps of a run ended, before anything is decided about its job. */
export interface StepsOutcome {
  readonly status: RunStatus
  readonly problem: RunProblem | null
  readonly errorMessage: string | null
  readonly recordsAffected: number | null
  /** Only for problem `snoozed`: how long the other side asked to wait, ms. */
  readonly retryAfterMs: number | null
}

/** What is worked with. */
export interface StepsWork {
  readonly parameters: JsonObject
  readonly journal: RunJournal
  readonly log: RunLog
  readonly signal: AbortSignal
  /** As of when data is that was brought at an instant; both monotonic ms. Never later. */
  readonly asOf: (at: number) => number
  /** Steps that an earlier run has done, with its id; they are skipped and refresh nothing. */
  readonly done: ReadonlyMap<string, string>
}

/** A step that ignores its abort signal for this long is left behind; the run ends without it. */
const abandonAfterMs = 15_000

/** Runs the steps of one run in order (J9) and notes what happens to them and to their datasets. */
export class StepRunner {
  readonly #ports: StepRunnerPorts
  readonly #run: RunFacts
  readonly #jobType: JobType
  readonly #parameters: JsonObject
  readonly #journal: RunJournal
  readonly #log: RunLog
  readonly #signal: AbortSignal
  readonly #done: ReadonlyMap<string, string>
  readonly #failures: string[] = []
  readonly #warnings: string[] = []
  /** Null for platform jobs: they refresh no dataset (J12). */
  readonly #datasets: DatasetAttempts | null
  #records: number | null = null

  constructor(ports: StepRunnerPorts, run: RunFacts, jobType: JobType, work: StepsWork) {
    this.#ports = ports
    this.#run = run
    this.#jobType = jobType
    this.#parameters = work.parameters
    this.#journal = work.journal
    this.#log = work.log
    this.#signal = work.signal
    this.#done = work.done
    const wanted = jobType.steps.filter((step) => this.#isWanted(step) && !work.done.has(step.key))
    this.#datasets = run.brandId === null ? null : new DatasetAttempts(work.journal, wanted, work.asOf)
  }

  async run(): Promise<StepsOutcome> {
    let ended: StepsOutcome | null = null
    for (const [position, step] of this.#jobType.steps.entries()) {
      const doneBy = this.#done.get(step.key)
      if (ended || !this.#isWanted(step)) {
        this.#skip(position, step, ended ? 'an earlier step ended the run' : `parameter ${step.when} is not true`)
      } else if (doneBy !== undefined) {
        this.#skip(position, step, `done by run ${doneBy}`, { doneBy })
      } else {
        ended = await this.#runStep(position, step)
      }
    }
    return ended ?? this.#completed()
  }

  #completed(): StepsOutcome {
    const count = this.#failures.length
    const failures =
      count === 0 ? [] : [`${count} of ${this.#jobType.steps.length} steps failed: ${this.#failures.join('; ')}`]
    const summary = [...failures, ...this.#warnings].join('; ')
    return summary === '' ? this.#outcome('completed', null, null) : this.#outcome('completed', 'warnings', summary)
  }

  #outcome(
    status: RunStatus,
    problem: RunProblem | null,
    errorMessage: string | null,
    retryAfterMs: number | null = null,
  ): StepsOutcome {
    return { status, problem, errorMessage, recordsAffected: this.#records, retryAfterMs }
  }

  /** Null = the run goes on. */
  async #runStep(position: number, step: Step): Promise<StepsOutcome | null> {
    const aborted = abortOf(this.#signal)
    if (aborted) return this.#abortedOutcome(step, position, aborted, null)
    const state = this.#begin(position, step)
    if (step.retry === 'never' && !(await this.#ports.writeNow())) {
      const stopped = abortOf(this.#signal)
      if (stopped) return this.#abortedOutcome(step, position, stopped, state, false)
      return this.#outcome('failed', 'lease_lost', 'The run was taken over before this step began.')
    }
    try {
      const result = await this.#execute(step, state)
      this.#succeed(step, this.#latest.get(position) ?? state, result)
      return null
    } catch (error) {
      return this.#fail(position, step, this.#latest.get(position) ?? state, error)
    }
  }

  /** The newest state of each step, progress included. */
  readonly #latest = new Map<number, StepState>()

  #note(state: StepState): void {
    this.#latest.set(state.position, state)
    this.#journal.step(state)
    this.#ports.note()
  }

  #begin(position: number, step: Step): StepState {
    const startedAt = this.#ports.clock.monotonic()
    const state: StepState = {
      position,
      stepKey: step.key,
      status: 'running',
      fatal: step.fatal,
      datasetKey: step.dataset,
      startedAt,
      completedAt: null,
      recordsAffected: null,
      progressDone: null,
      progressTotal: null,
      errorMessage: null,
      // Recovery by another agent has to know without this catalog (J5).
      metadata: step.retry === 'never' ? { retry: 'never' } : {},
    }
    this.#datasets?.begin(step, position, startedAt)
    this.#note(state)
    return state
  }

  #execute(step: Step, state: StepState): Promise<StepResult> {
    const { run: spec } = step
    if (!spec) throw new StepFailure('configuration', `Nothing says what step ${step.key} runs.`)
    const { runId, firstRunId, jobType, brandId, attempt } = this.#run
    const context: StepContext = {
      identity: { runId, firstRunId, jobType, brandId, stepKey: step.key, attempt },
      parameters: this.#parameters,
      signal: this.#signal,
      log: this.#log.forStep(step.key),
      progress: (done, total) =>
        this.#note({
          ...(this.#latest.get(state.position) ?? state),
          progressDone: storableCount(done),
          progressTotal: storableCount(total),
        }),
      secret: this.#ports.secret,
    }
    return settledOrAbandoned(this.#ports.execute(spec, context), this.#signal)
  }

  #succeed(step: Step, state: StepState, answer: StepResult): void {
    const result = this.#storable(answer)
    const completedAt = this.#ports.clock.monotonic()
    const suspicious = result.recordsAffected === 0 && this.#neverZero(step)
    if (result.recordsAffected !== null) this.#records = (this.#records ?? 0) + result.recordsAffected
    if (answer.warning !== undefined) this.#warn(step, answer.warning)
    const metadata = { ...state.metadata, ...result.metadata, ...(suspicious ? { suspicious: true } : {}) }
    if (suspicious)
      this.#log.write('warn', `Step ${step.key} succeeded with zero records, which ${step.dataset} never has.`)
    this.#datasets?.succeed(step, state.position, completedAt, {
      recordsAffected: result.recordsAffected,
      suspicious,
      metadata: { ...result.metadata, suspicious },
    })
    this.#note({ ...state, status: 'completed', completedAt, recordsAffected: result.recordsAffected, metadata })
  }

  #warn(step: Step, warning: string): void {
    const message = this.#ports.masker.mask(describeError(warning))
    this.#warnings.push(`${step.key}: ${message}`)
    this.#log.write('warn', `Step ${step.key}: ${message}`)
  }

  #storable({ recordsAffected, metadata }: StepResult): StepResult {
    return {
      recordsAffected: storableCount(recordsAffected),
      metadata: this.#ports.masker.maskJson(storableJson(metadata)),
    }
  }

  /** F8. */
  #neverZero(step: Step): boolean {
    return step.dataset !== null && (this.#ports.catalog.datasets.get(step.dataset)?.neverZero ?? false)
  }

  #fail(position: number, step: Step, state: StepState, error: unknown): StepsOutcome | null {
    const aborted = abortOf(this.#signal)
    if (aborted) return this.#abortedOutcome(step, position, aborted, state)
    const kind: StepFailureKind = error instanceof StepFailure ? error.kind : 'retryable'
    const partial = error instanceof StepFailure && error.partial ? this.#storable(error.partial) : undefined
    const message = this.#ports.masker.mask(describeError(error))
    const at = this.#ports.clock.monotonic()
    const unknown = kind === 'outcome_unknown' || (step.retry === 'never' && kind === 'retryable')
    // Only a fatal step holds up the run; a non-fatal one is a warning, or what succeeded before it would be repeated.
    if (kind === 'rate_limited' && step.fatal) {
      this.#stopStep(step, state, 'cancelled', at, message)
      this.#log.write('warn', `Step ${step.key} has to wait: ${message}`)
      const wait = error instanceof StepFailure ? (error.retryAfterMs ?? null) : null
      return this.#outcome('cancelled', 'snoozed', message, wait)
    }
    this.#datasets?.fail(step, position, unknown ? 'unknown' : 'failed', at, message)
    this.#note({
      ...state,
      status: unknown ? 'unknown' : 'failed',
      completedAt: at,
      errorMessage: message,
      recordsAffected: partial?.recordsAffected ?? null,
      metadata: { ...state.metadata, ...partial?.metadata },
    })
    this.#log.write('error', `Step ${step.key} failed: ${message}`)
    // Where the step may be repeated, the doubt holds up no more than its failure would.
    if (unknown && (step.fatal || step.retry === 'never')) {
      return this.#outcome('failed', 'outcome_unknown', `${step.key}: ${message}`)
    }
    if (!step.fatal) {
      this.#failures.push(`${step.key}: ${message}`)
      return null
    }
    return this.#outcome('failed', problemOf(kind), `${step.key}: ${message}`)
  }

  /** `began`: the executor has been called, so it may have taken effect. */
  #abortedOutcome(
    step: Step,
    position: number,
    aborted: RunAborted,
    state: StepState | null,
    began = true,
  ): StepsOutcome {
    const at = this.#ports.clock.monotonic()
    const timedOut = aborted.kind === 'timed_out'
    const unknown = state !== null && began && step.retry === 'never' && aborted.kind !== 'lease_lost'
    if (state === null) this.#skip(position, step, aborted.message)
    else if (timedOut && !unknown) {
      this.#datasets?.fail(step, position, 'failed', at, aborted.message)
      this.#note({ ...state, status: 'failed', completedAt: at, errorMessage: aborted.message })
    } else this.#stopStep(step, state, unknown ? 'unknown' : 'cancelled', at, aborted.message)
    this.#log.write('warn', aborted.message)
    if (unknown) return this.#outcome('failed', 'outcome_unknown', `${step.key}: ${aborted.message}`)
    return this.#outcome(timedOut ? 'failed' : 'cancelled', abortProblem[aborted.kind], aborted.message)
  }

  /** F4: whatever stops a step from outside leaves its dataset unknown. */
  #stopStep(step: Step, state: StepState, status: StepStatus, at: number, message: string): void {
    this.#datasets?.fail(step, state.position, 'unknown', at, message)
    this.#note({ ...state, status, completedAt: at, errorMessage: message })
  }

  #skip(position: number, step: Step, reason: string, facts: JsonObject = {}): void {
    this.#datasets?.abandon(step, position, this.#ports.clock.monotonic(), reason)
    this.#note({
      position,
      stepKey: step.key,
      status: 'skipped',
      fatal: step.fatal,
      datasetKey: step.dataset,
      startedAt: null,
      completedAt: null,
      recordsAffected: null,
      progressDone: null,
      progressTotal: null,
      errorMessage: null,
      metadata: { skipped: reason, ...facts },
    })
  }

  /** Whether the parameters want the step. */
  #isWanted({ when }: Step): boolean {
    return when === null || this.#parameters[when] === true
  }
}

const abortProblem = {
  cancelled: 'cancelled',
  timed_out: 'timed_out',
  lease_lost: 'lease_lost',
  shutdown: 'released',
} satisfies Record<RunAborted['kind'], RunProblem>

function problemOf(kind: StepFailureKind): RunProblem {
  return kind === 'invalid_parameters' || kind === 'configuration' ? kind : 'failed'
}

/** The step's own end; or a failure when it has been aborted and still has not settled after a while. */
async function settledOrAbandoned(step: Promise<StepResult>, signal: AbortSignal): Promise<StepResult> {
  let timer: NodeJS.Timeout | undefined
  let onAbort: (() => void) | undefined
  const abandoned = new Promise<never>((_, reject) => {
    onAbort = () => {
      timer = setTimeout(() => reject(new Error('the step did not stop when it was told to')), abandonAfterMs)
    }
    // It may have been aborted while the start of the step was being recorded; then no event comes any more.
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
  })
  try {
    return await Promise.race([step, abandoned])
  } finally {
    clearTimeout(timer)
    if (onAbort) signal.removeEventListener('abort', onAbort)
  }
}
