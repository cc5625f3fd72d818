import { statSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { describeError } from '../../../shared/errors.ts'
import { environmentName } from '../catalog/environment-name.ts'
import { templatePaths, templateScope } from '../template.ts'
import { commandEnvironment } from './command-environment.ts'
import { renderArguments } from './command-line.ts'
import { type Environment, environmentValue, findExecutable, shortPathHint } from './command-lookup.ts'
import { createMessageFilter, createMessageReceiver } from './command-messages.ts'
import { type Executor, type StepContext, StepFailure, type StepResult } from './executor.ts'
import { followToEnd, watchOutput } from './follow-process.ts'
import { type GuardedProcess, type ProcessExit, startGuarded } from './guarded-process.ts'
import { createLastLine } from './last-line.ts'
import { stoppedFailure } from './stop.ts'

export const fixedText = z.string().refine((text) => templatePaths(text).length === 0, 'may not contain a template')

/**
 * `run: { command: [program, …arguments], cwd, env, timeout_seconds }`. The program and the folder are fixed; arguments may
 * contain templates. `env` names variables to pass through; their values are masked in logs. `cwd` starts at the catalog file.
 */
export const commandSpec = z.strictObject({
  command: z.tuple([fixedText.min(1)], z.string()),
  cwd: fixedText.min(1).optional(),
  env: z.array(environmentName).optional(),
  timeout_seconds: z.number().positive().max(86_400).optional(),
})
export type CommandSpec = z.infer<typeof commandSpec>

export interface CommandPlace {
  readonly environment: Environment
  /** Absolute folder of the catalog file. */
  readonly baseDirectory: string
}

export interface CommandOptions extends CommandPlace {
  /** Between SIGTERM and SIGKILL, ms. */
  readonly graceMs?: number
}

export const defaultGraceMs = 5_000

/** Exit statuses that say that a person has to change something (sysexits.h, and what shells say when there is nothing to run). */
export const configurationStatuses: ReadonlySet<number> = new Set([78, 126, 127])

/** What a command needs from the machine, in words for `doctor`. */
export function describeRequirements(spec: CommandSpec): { executable: string; environment: readonly string[] } {
  return { executable: spec.command[0], environment: spec.env ?? [] }
}

/** Whether the command could start here; does not start it. */
export function checkCommand(
  spec: CommandSpec,
  place: CommandPlace,
): { ok: true; file: string; directory: string } | { ok: false; problem: string } {
  const directory = path.resolve(place.baseDirectory, spec.cwd ?? '.')
  if (!isFolder(directory)) return { ok: false, problem: `the folder ${directory} (cwd) does not exist` }
  const [program] = spec.command
  const file = findExecutable(program, { environment: place.environment, directory })
  if (file !== undefined) return { ok: true, file, directory }
  const problem = program.includes('/')
    ? `${path.resolve(directory, program)} does not exist or may not be executed`
    : notFound(program, environmentValue(place.environment, 'PATH'))
  return { ok: false, problem }
}

function notFound(program: string, searchPath: string | undefined): string {
  const looked = `${program} was not found on PATH (${searchPath ?? 'PATH is not set'})`
  return `${looked}; install it or write its full path${shortPathHint(searchPath ?? '', process.platform)}`
}

function isFolder(directory: string): boolean {
  return statSync(directory, { throwIfNoEntry: false })?.isDirectory() ?? false
}

/**
 * Runs a program without a shell, in a process group of its own that ends with the agent. Both streams are log; stdout may also
 * carry messages (design §6). Exit status 0 is success, 78 (EX_CONFIG), 126 and 127 mean configuration, anything else is
 * worth a retry. What the program leaves running is stopped.
 */
export function createCommandExecutor(options: CommandOptions): Executor<CommandSpec> {
  return async (spec, context) => {
    const check = checkCommand(spec, options)
    if (!check.ok) throw new StepFailure('configuration', check.problem)
    const [program, ...written] = spec.command
    const start = {
      ...check,
      arguments: renderArguments(written, templateScope(context)),
      environment: commandEnvironment(spec.env ?? [], options.environment, context),
    }
    const signal = withTimeout(context.signal, spec.timeout_seconds)
    if (signal.aborted) throw stoppedFailure(program, signal)
    const started = await startGuarded(start).catch((error: unknown) => {
      throw new StepFailure(
        isPassing(error) ? 'retryable' : 'configuration',
        `${program} did not start: ${describeError(error)}`,
      )
    })
    const end = await follow(started, signal, context, options.graceMs ?? defaultGraceMs)
    const { exit, result, lastLine } = end
    if (end.stopped) throw stoppedFailure(program, signal, result)
    if (exit.code === 0) return result
    throw exitFailure(program, exit, lastLine, result)
  }
}

/** Follows a process to the end of its whole group. */
async function follow(started: GuardedProcess, signal: AbortSignal, context: StepContext, graceMs: number) {
  const output = readOutput(started, context)
  try {
    const { exit, stopped, leftBehind } = await followToEnd(started, signal, graceMs)
    if (leftBehind) context.log.write('warn', 'the command left processes running; they were stopped')
    await output.ended()
    return { exit, stopped, result: output.result(), lastLine: output.lastLine() }
  } finally {
    await started.release()
  }
}

function readOutput(started: GuardedProcess, context: StepContext) {
  const { stdout, stderr } = started
  const receiver = createMessageReceiver(context)
  const outputLog = context.log.stream('stdout')
  const errorLog = context.log.stream('stderr')
  const filter = createMessageFilter({ take: (line) => receiver.take(line), pass: (bytes) => outputLog.chunk(bytes) })
  const lastLine = createLastLine()
  stdout.on('data', (bytes: Uint8Array) => filter.chunk(bytes))
  stderr.on('data', (bytes: Uint8Array) => {
    errorLog.chunk(bytes)
    lastLine.chunk(bytes)
  })
  const outputEnded = watchOutput(started)
  return {
    result: (): StepResult => receiver.result(),
    lastLine: () => lastLine.text(),
    async ended(): Promise<void> {
      await outputEnded()
      filter.end()
      outputLog.end()
      errorLog.end()
    },
  }
}

function withTimeout(outer: AbortSignal, timeoutSeconds: number | undefined): AbortSignal {
  return timeoutSeconds === undefined ? outer : AbortSignal.any([outer, AbortSignal.timeout(timeoutSeconds * 1_000)])
}

function exitFailure(
  program: string,
  exit: ProcessExit,
  lastLine: string | undefined,
  partial: StepResult,
): StepFailure {
  const kind = exit.code !== null && configurationStatuses.has(exit.code) ? 'configuration' : 'retryable'
  return new StepFailure(kind, `${program} ${describeExit(exit)}${lastLine === undefined ? '' : `: ${lastLine}`}`, {
    partial,
  })
}

/** After the name of a program: `exited with status 3`. */
export function describeExit({ code, signal }: ProcessExit): string {
  return code === null ? `was ended by ${signal ?? 'a signal'}` : `exited with status ${code}`
}

/** The machine is out of something just now; everything else about starting a program stays wrong until it is changed. */
export function isPassing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === 'EAGAIN' || code === 'ENOMEM' || code === 'EMFILE' || code === 'ENFILE'
}
