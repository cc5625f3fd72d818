import type { Clock } from '../../shared/clock.ts'
import type { Environment } from '../settings/machine.ts'

/** A stream that may be a terminal. */
export type CliStream = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number }

/** A stream that a person or another program writes to. */
export type CliInput = NodeJS.ReadableStream & { readonly isTTY?: boolean }

/** Everything a command may touch of the process it runs in; tests hand in their own. */
export interface CliContext {
  /** Answers: tables, or one JSON document. */
  readonly stdout: CliStream
  /** Everything else: what happens meanwhile, warnings, errors. */
  readonly stderr: CliStream
  /** Read only by commands that ask, or that are given "-" as a file. */
  readonly stdin: CliInput
  readonly environment: Environment
  readonly clock: Clock
  /** Stdout is a terminal: colours, spinners and cutting to its width are welcome. */
  readonly isTty: boolean
  /** The name of the OS user, for the record of who did what. */
  readonly operator: string
  /** Aborted when nobody reads stdout any more (`pm logs … | head`): the reader's wish, not an error. */
  readonly outputClosed: AbortSignal
  /** The last one counts: 0 yes, 1 no, 2 could not be done. Never ends the process by itself. */
  readonly setExitCode: (code: number) => void
}

/** Flags that every command takes, as the parser hands them over. */
export interface GlobalFlags {
  readonly dataDir?: string
  readonly databaseUrl?: string
  readonly config?: string
  /** One JSON document instead of a table. */
  readonly json?: boolean
  /** False for `--no-color`. */
  readonly color?: boolean
}

/** Colours only on a terminal, and only where nobody asked for none (https://no-color.org). */
export function wantsColor(context: Pick<CliContext, 'environment'>, stream: CliStream, flags: GlobalFlags): boolean {
  if (flags.color === false || stream.isTTY !== true) return false
  const { NO_COLOR: noColor, TERM: terminal } = context.environment
  return (noColor === undefined || noColor === '') && terminal !== 'dumb'
}
