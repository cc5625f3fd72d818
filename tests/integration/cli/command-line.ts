/** The command line in this process: the same as the program, with streams that are kept instead of shown. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect } from 'vitest'
import type { CliContext, CliStream } from '../../../agent/cli/context.ts'
import { runCli } from '../../../agent/cli/run-cli.ts'
import type { Clock } from '../../../shared/clock.ts'
import { systemClock } from '../../../shared/clock.ts'

export interface Answer {
  readonly stdout: string
  readonly stderr: string
  readonly code: number
}

export interface CommandOptions {
  /** Columns of a terminal; null = a pipe. */
  readonly columns?: number | null
  readonly environment?: Readonly<Record<string, string>>
  readonly clock?: Clock
  readonly operator?: string
  readonly outputClosed?: AbortSignal
  /** What stands on stdin; a stream: until it ends. */
  readonly input?: string | Uint8Array | Readable
  /** Whether stdin is a terminal, on which a person can be asked. */
  readonly isAsked?: boolean
  /** Told whatever is written to stdout, as it is written. */
  readonly onOutput?: (chunk: string) => void
  /** The same for stderr. */
  readonly onMessage?: (chunk: string) => void
}

/** Runs one command line to its end. */
export async function command(args: readonly string[], options: CommandOptions = {}): Promise<Answer> {
  const { columns = null } = options
  const stdout = keeping(columns, options.onOutput)
  const stderr = keeping(columns, options.onMessage)
  const { input } = options
  const stdin = input instanceof Readable ? input : Readable.from(input === undefined ? [] : [input])
  let code = 0
  const context: CliContext = {
    stdout: stdout.stream,
    stderr: stderr.stream,
    stdin: Object.assign(stdin, { isTTY: options.isAsked ?? false }),
    environment: { PATH: '/usr/bin:/bin', ...options.environment },
    clock: options.clock ?? systemClock,
    isTty: columns !== null,
    operator: options.operator ?? 'ada',
    outputClosed: options.outputClosed ?? new AbortController().signal,
    setExitCode: (given) => {
      code = given
    },
  }
  await runCli(args, context)
  return { stdout: stdout.text(), stderr: stderr.text(), code }
}

function keeping(columns: number | null, onChunk?: (chunk: string) => void): { stream: CliStream; text: () => string } {
  const chunks: string[] = []
  const writable = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(chunk.toString())
      onChunk?.(chunk.toString())
      done()
    },
  })
  const stream = columns === null ? writable : Object.assign(writable, { isTTY: true, columns })
  return { stream, text: () => chunks.join('') }
}

const program = join(import.meta.dirname, '../../../agent/main.ts')

/** Runs the program itself. */
export async function programRun(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', ...environment },
  })
  const [stdout, stderr] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    child.exitCode ?? once(child, 'exit'),
  ])
  return { stdout, stderr, code: child.exitCode ?? -1 }
}

/** Commands on one database; asked for its address when they run. */
export function commandsOn(url: () => string): {
  readonly pm: (...args: string[]) => Promise<Answer>
  /** The document that a command answers. */
  readonly json: (...args: string[]) => Promise<Record<string, unknown>>
  /** What a command is refused with. */
  readonly errorFrom: (...args: string[]) => Promise<Record<string, unknown>>
} {
  const pm = (...args: string[]): Promise<Answer> => command([...args, '--database-url', url()])
  return {
    pm,
    json: async (...args) => documentOf(await pm(...args, '--json')),
    errorFrom: async (...args) => {
      const answer = await pm(...args, '--json')
      expect(answer).toMatchObject({ code: 2, stdout: '' })
      return errorOf(answer)
    },
  }
}

/** The JSON document of an answer that went well. */
export function documentOf({ stdout, stderr, code }: Answer): Record<string, unknown> {
  if (stdout === '') throw new Error(`No document, exit code ${code}: ${stderr}`)
  const parsed: unknown = JSON.parse(stdout)
  return asRecord(parsed)
}

/** The error that a command with --json told on stderr. */
export function errorOf({ stderr }: Answer): Record<string, unknown> {
  const parsed: unknown = JSON.parse(stderr)
  return asRecord(asRecord(parsed)['error'])
}

export function asRecord(value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  throw new Error(`not an object: ${JSON.stringify(value)}`)
}

export function asRecords(value: unknown): Record<string, unknown>[] {
  if (Array.isArray(value)) return value.map(asRecord)
  throw new Error(`not a list: ${JSON.stringify(value)}`)
}
