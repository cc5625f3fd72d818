import type { StepContext } from '../../../agent/jobs/executors/executor.ts'
import { createRunLog, type LogLine, type RunLogLimits, runLogLimits } from '../../../agent/jobs/log/run-log.ts'
import { SecretMasker } from '../../../agent/jobs/log/secret-masker.ts'
import { systemClock } from '../../../shared/clock.ts'
import type { JsonObject } from '../../../shared/domain.ts'

export interface TestStep {
  readonly context: StepContext
  readonly lines: LogLine[]
  readonly progress: { done: number; total: number | null }[]
  readonly abort: AbortController
  readonly secrets: SecretMasker
  /** Ends the log; all messages of one source, or of all. */
  messages(source?: LogLine['source']): string[]
}

/** A step with a real log; `environment` is where its secrets come from. */
export function testStep(
  options: {
    parameters?: JsonObject
    environment?: Readonly<Record<string, string | undefined>>
    limits?: RunLogLimits
  } = {},
): TestStep {
  const lines: LogLine[] = []
  const progress: { done: number; total: number | null }[] = []
  const abort = new AbortController()
  const secrets = new SecretMasker()
  const log = createRunLog({
    sink: (line) => lines.push(line),
    clock: systemClock,
    secrets,
    limits: options.limits ?? runLogLimits,
  })
  const context: StepContext = {
    identity: {
      runId: 'run-1',
      firstRunId: 'run-0',
      jobType: 'load_orders',
      brandId: 'brand-1',
      stepKey: 'extract',
      attempt: 2,
    },
    parameters: options.parameters ?? {},
    signal: abort.signal,
    log: log.forStep('extract'),
    progress: (done, total) => progress.push({ done, total }),
    secret: (name) => {
      const value = options.environment?.[name]
      if (value !== undefined) secrets.add(value)
      return value
    },
  }
  const messages = (source?: LogLine['source']) => {
    log.end()
    return lines.filter((line) => source === undefined || line.source === source).map((line) => line.message)
  }
  return { context, lines, progress, abort, secrets, messages }
}

/** What a promise was rejected with; fails when it was not. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new Error('expected a rejection')
}
