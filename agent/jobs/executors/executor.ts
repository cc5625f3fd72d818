import type { JsonObject, LogLevel } from '../../../shared/domain.ts'

/** Everything a step may know about the run it belongs to. */
export interface StepIdentity {
  readonly runId: string
  /** The run with which this work was first tried: the same for every attempt at one fire, another for the next. */
  readonly firstRunId: string
  readonly jobType: string
  /** Null for platform-level jobs. */
  readonly brandId: string | null
  readonly stepKey: string
  /** 1 for the first attempt. */
  readonly attempt: number
}

export interface StepContext {
  readonly identity: StepIdentity
  /** Validated against the job type's schema, defaults filled in. */
  readonly parameters: JsonObject
  /** Aborted on cancel, timeout, lost lease and shutdown. An executor returns only once nothing of it runs any more (J11). */
  readonly signal: AbortSignal
  readonly log: StepLog
  /** Reports how far the step is; `total` null = not known. */
  progress(done: number, total: number | null): void
  /** Value of a named secret from the agent's own environment, or undefined. It is masked in every log from then on. */
  secret(name: string): string | undefined
}

export interface StepLog {
  /** One message; long ones are cut, secrets masked. */
  write(level: LogLevel, message: string): void
  /** Raw output of a child process; split into lines, decoded and masked across chunk boundaries. */
  stream(source: 'stdout' | 'stderr'): { chunk(bytes: Uint8Array): void; end(): void }
}

export interface StepResult {
  /** Rows confirmed at the source (F8); null = the step does not count. */
  readonly recordsAffected: number | null
  readonly metadata: JsonObject
  /** The step did its work, but a person should know of something: the run completes with warnings (J14). */
  readonly warning?: string
}

/**
 * How a step failed.
 * - `retryable`: worth another attempt (J5);
 * - `invalid_parameters`, `configuration`: no attempt will help until a person changes something, so attempts are exhausted at once;
 * - `outcome_unknown`: the other side may or may not have done it (J5, steps marked `retry: never`);
 * - `rate_limited`: the other side asked to wait; the run is given back and keeps its attempt number (J4).
 */
export type StepFailureKind = 'retryable' | 'invalid_parameters' | 'configuration' | 'outcome_unknown' | 'rate_limited'

export class StepFailure extends Error {
  readonly kind: StepFailureKind
  /** Only for `rate_limited`: how long to wait, ms. */
  readonly retryAfterMs: number | undefined
  /** What the step had achieved before it failed, kept for the record. */
  readonly partial: StepResult | undefined

  constructor(
    kind: StepFailureKind,
    message: string,
    detail: { retryAfterMs?: number; partial?: StepResult; cause?: unknown } = {},
  ) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause })
    this.name = 'StepFailure'
    this.kind = kind
    this.retryAfterMs = detail.retryAfterMs
    this.partial = detail.partial
  }
}

/** Runs one step to its end; throws StepFailure (anything else counts as retryable). */
export type Executor<Spec> = (spec: Spec, context: StepContext) => Promise<StepResult>
