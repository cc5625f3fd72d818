import type { Clock } from '../../../shared/clock.ts'
import type { LogLevel } from '../../../shared/domain.ts'
import type { StepLog } from '../executors/executor.ts'
import { createKeptLines, type KeptLimits } from './kept-lines.ts'
import { createLineSplitter, type RawLine } from './line-splitter.ts'
import { maskText, type SecretMasker } from './secret-masker.ts'
import { createPrivateKeyTracker } from './secret-shapes.ts'
import { cleanMessage, cleanTerminalText } from './terminal-text.ts'

/** Who said it: the agent or the step itself, or the output of its process. */
export type LogSource = 'agent' | 'stdout' | 'stderr'

export interface LogLine {
  readonly at: Date
  readonly level: LogLevel
  /** Null for messages about the run as a whole. */
  readonly step: string | null
  readonly source: LogSource
  /** Clean and masked; one line, or several when written as one message. Colours (SGR) may be in it. */
  readonly message: string
}

export interface RunLogLimits extends KeptLimits {
  /** Characters (UTF-16) of one line or message. */
  readonly lineCharacters: number
}

/** Bad input 34. Bytes are counted before masking. */
export const runLogLimits: RunLogLimits = {
  lineCharacters: 16_384,
  headBytes: 64 * 1024,
  headLines: 2_000,
  tailBytes: 256 * 1024,
  tailLines: 8_000,
}

export interface RunLog {
  /** A message about the run as a whole. */
  write(level: LogLevel, message: string): void
  forStep(stepKey: string): StepLog
  /** Hands out the kept tail of a long log. Call once, after every step's streams have ended. */
  end(): void
}

interface PendingLine extends Omit<LogLine, 'message'> {
  readonly text: string
  readonly cutBytes: number
  readonly isMessage: boolean
}

/**
 * The log of one run: live up to the head's limits, the rest at `end` (first 64 kB, last 256 kB, and a line saying what was
 * cut between). Lines of both output streams are `info`: programs write plain progress to stderr too; `source` tells them apart.
 * Lines are cleaned and masked when they are handed out, never before, so a flood costs little and a secret learned late is
 * masked in the held tail as well.
 */
export function createRunLog(options: {
  sink: (line: LogLine) => void
  clock: Clock
  secrets: SecretMasker
  limits?: RunLogLimits
}): RunLog {
  const { sink, clock, secrets, limits = runLogLimits } = options
  const note = (level: LogLevel, message: string) =>
    sink({ at: clock.now(), level, step: null, source: 'agent', message })
  const kept = createKeptLines<PendingLine>(limits, {
    onLine: (line) => sink(finishLine(line, secrets, limits.lineCharacters)),
    onHeld: () => note('info', '… output is being kept back until the run ends: it is long'),
    onCut: (lines, bytes) => note('warn', `… ${lines} lines, ${bytes} bytes cut`),
  })
  const add = (line: PendingLine) => kept.add(line, Buffer.byteLength(line.text))
  const longest = () => limits.lineCharacters + secrets.reach

  const write = (level: LogLevel, step: string | null, message: string) => {
    const text = message.length > longest() ? message.slice(0, longest()) : message
    const cutBytes = message.length > text.length ? Buffer.byteLength(message.slice(text.length)) : 0
    add({ at: clock.now(), level, step, source: 'agent', text, cutBytes, isMessage: true })
  }
  const stream = (step: string, source: 'stdout' | 'stderr') => {
    const isPrivateKey = createPrivateKeyTracker()
    return createLineSplitter(longest, ({ text, cutBytes }: RawLine) => {
      const shown = isPrivateKey(text) ? maskText : text
      add({ at: clock.now(), level: 'info', step, source, text: shown, cutBytes, isMessage: false })
    })
  }

  return {
    write: (level, message) => write(level, null, message),
    forStep: (stepKey) => ({
      write: (level, message) => write(level, stepKey, message),
      stream: (source) => stream(stepKey, source),
    }),
    end: () => kept.end(),
  }
}

/** Clean first (a control character inside a secret would hide it), then mask with more in view than is shown, then cut. */
function finishLine(line: PendingLine, secrets: SecretMasker, limit: number): LogLine {
  const { at, level, step, source } = line
  const { text, position } = line.isMessage
    ? cutMessage(line.text, limit)
    : cleanTerminalText(line.text, Math.min(limit, line.text.length))
  const cutBytes = line.cutBytes + Buffer.byteLength(text.slice(position))
  const shown = secrets.maskUntil(text, position).toWellFormed()
  return { at, level, step, source, message: cutBytes > 0 ? `${shown} … ${cutBytes} bytes cut` : shown }
}

function cutMessage(message: string, limit: number): { text: string; position: number } {
  const text = cleanMessage(message)
  return { text, position: Math.min(limit, cleanMessage(message.slice(0, limit)).length) }
}
