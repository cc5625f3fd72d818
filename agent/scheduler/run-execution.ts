import { backfilledAsOf, coveredUntil } from '../../shared/backfills.ts'
import type { Clock } from '../../shared/clock.ts'
import type { JsonObject } from '../../shared/domain.ts'
import { cleanText, describeError, Problem } from '../../shared/errors.ts'
import { zoneOr } from '../../shared/time-zone.ts'
import { RunAborted } from '../jobs/abort.ts'
import type { Catalog, JobType } from '../jobs/catalog/catalog.ts'
import { createRunLog, type LogLine, type RunLog } from '../jobs/log/run-log.ts'
import type { SecretMasker } from '../jobs/log/secret-masker.ts'
import { RunJournal } from '../jobs/run-journal.ts'
import { StepRunner, type StepRunnerPorts, type StepsOutcome } from '../jobs/step-runner.ts'
import type { ClaimedRun } from '../store/claim.ts'
import { doneBefore } from './continued-run.ts'
import type { DatabaseTime } from './database-time.ts'
import { cancelledJob, decideJob, missedFires } from './job-decision.ts'
import type { EndOutcome, Recorder } from './recorder.ts'

export interface ExecutionPorts extends Pick<StepRunnerPorts, 'execute' | 'secret'> {
  readonly catalog: Catalog
  readonly clock: Clock
  readonly databaseTime: DatabaseTime
  readonly recorder: Recorder
  readonly masker: SecretMasker
  /** IANA name; days begin and end by its clocks where a job has no zone. */
  readonly defaultTimeZone: string
  readonly validateParameters: (jobType: JobType, parameters: unknown) => JsonObject
}

/** The older `logs` column keeps this much: the beginning and the end. Characters. */
const logTextLimits = { head: 16_384, tail: 49_152 }
const minuteMs = 60_000

/** One claimed run on its way through this agent, from claim to acknowledged end. */
export class RunExecution {
  readonly run: ClaimedRun
  /** When the lease that is held now was asked for; it may be trusted for a while from here. Monotonic ms. */
  leaseAskedAt: number
  readonly #ports: ExecutionPorts
  readonly #journal: RunJournal
  readonly #abort = new AbortController()
  readonly #logText = new LogText()

  constructor(run: ClaimedRun, ports: ExecutionPorts, leaseAskedAt: number) {
    this.run = run
    this.leaseAskedAt = leaseAskedAt
    this.#ports = ports
    this.#journal = new RunJournal(run)
  }

  /** Stops the work; `execute` then ends the run accordingly. Only the first reason counts. */
  abort(reason: RunAborted): void {
    this.#abort.abort(reason)
  }

  get aborted(): boolean {
    return this.#abort.signal.aborted
  }

  /** Does the work. The promise resolves when the work is over; its value settles when the end is written. */
  async execute(): Promise<{ outcome: StepsOutcome; written: Promise<EndOutcome> }> {
    const { clock, masker } = this.#ports
    const log = createRunLog({ clock, secrets: masker, sink: (line) => this.#takeLine(line) })
    const outcome = await this.#work(log)
    log.end()
    if (outcome.problem === 'lease_lost') {
      this.#ports.recorder.forget(this.#journal)
      return { outcome, written: Promise.resolve('lost') }
    }
    return { outcome, written: this.#end(outcome) }
  }

  async #work(log: RunLog): Promise<StepsOutcome> {
    const { catalog, recorder, clock, execute, secret, masker } = this.#ports
    const { run } = this
    const jobType = catalog.jobTypes.get(run.jobType)
    if (!jobType) return failed('configuration', `This agent has no job type "${run.jobType}" any more.`)
    if (run.brandId !== null && run.brandName === null) {
      return failed('configuration', `Brand ${run.brandId} does not exist. Delete this job or give it another brand.`)
    }
    let parameters: JsonObject
    try {
      parameters = this.#ports.validateParameters(jobType, run.parameters)
    } catch (error) {
      log.write('error', describeError(error))
      return failed(error instanceof Problem ? 'invalid_parameters' : 'failed', describeError(error))
    }
    let done: ReadonlyMap<string, string>
    try {
      done = doneBefore(run, jobType)
    } catch (error) {
      log.write('error', describeError(error))
      return failed('configuration', describeError(error))
    }
    const timeoutMinutes = run.timeoutMinutes ?? jobType.timeoutMinutes
    const timer = setTimeout(
      () => this.abort(new RunAborted('timed_out', `Timed out after ${timeoutMinutes} minutes.`)),
      timeoutMinutes * minuteMs,
    )
    const note = (): void => recorder.note(this.#journal)
    const ports = {
      catalog,
      clock,
      execute,
      secret,
      masker,
      note,
      writeNow: () => recorder.writeNow(this.#journal, this.#abort.signal),
    }
    const asOf = this.#asOf(jobType, parameters)
    const work = { parameters, journal: this.#journal, log, signal: this.#abort.signal, asOf, done }
    try {
      return await new StepRunner(ports, run, jobType, work).run()
    } catch (error) {
      // Nothing a step does ends here; this is a fault of ours, and it must not take the agent with it.
      return failed('failed', `The agent failed to run this: ${describeError(error)}`)
    } finally {
      clearTimeout(timer)
    }
  }

  /** A run for days that are long over brings data as of the end of the last of them. */
  #asOf({ backfill }: JobType, parameters: JsonObject): (at: number) => number {
    const { databaseTime, defaultTimeZone } = this.#ports
    const { timeZone, claimedAt } = this.run
    if (backfill === null) return (at) => at
    const zone = zoneOr(timeZone, defaultTimeZone)
    const until = coveredUntil(backfill, parameters, { zone, beganAt: claimedAt })
    if (until === null) return (at) => at
    return (at) => {
      const endedAt = databaseTime.at(at) ?? databaseTime.now()
      return at - (endedAt.getTime() - backfilledAsOf(endedAt, until).getTime())
    }
  }

  #end(outcome: StepsOutcome): Promise<EndOutcome> {
    const missed = missedFires(this.run)
    const now = this.#ports.databaseTime.now()
    return this.#ports.recorder.end(this.#journal, {
      status: outcome.status,
      problem: outcome.problem,
      endedAt: this.#ports.clock.monotonic(),
      errorMessage: outcome.errorMessage,
      recordsAffected: outcome.recordsAffected,
      metadata: missed > 0 ? { missed } : {},
      logs: this.#logText.text(),
      job: decideJob(this.run, outcome, now),
      ifCancelled: outcome.status === 'completed' ? null : cancelledJob(this.run, now),
    })
  }

  #takeLine(line: LogLine): void {
    const { clock, recorder } = this.#ports
    const age = Math.max(0, clock.now().getTime() - line.at.getTime())
    this.#journal.line(clock.monotonic() - age, line.level, line.step, line.message)
    this.#logText.add(line.level === 'info' ? line.message : `[${line.level}] ${line.message}`)
    recorder.note(this.#journal)
  }
}

function failed(problem: 'configuration' | 'invalid_parameters' | 'failed', errorMessage: string): StepsOutcome {
  return { status: 'failed', problem, errorMessage, recordsAffected: null, retryAfterMs: null }
}

/** The log as one text: its beginning and its end, whatever its length. */
class LogText {
  #head = ''
  #tail = ''
  #cut = 0

  add(line: string): void {
    const text = `${line}\n`
    if (this.#tail === '' && this.#head.length + text.length <= logTextLimits.head) {
      this.#head += text
      return
    }
    this.#tail += text
    // Cut now and then, not at every line: slicing is what costs.
    if (this.#tail.length > logTextLimits.tail * 2) this.#trim()
  }

  #trim(): void {
    const excess = this.#tail.length - logTextLimits.tail
    if (excess <= 0) return
    this.#cut += excess
    this.#tail = this.#tail.slice(excess)
  }

  /** Null when nothing was logged. */
  text(): string | null {
    this.#trim()
    const gap = this.#cut > 0 ? `… ${this.#cut} characters cut …\n` : ''
    return cleanText(this.#head + gap + this.#tail, logTextLimits.head + logTextLimits.tail + 64) || null
  }
}
