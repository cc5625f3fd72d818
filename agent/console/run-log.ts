import type { LogLine } from '../../shared/contract/runs.ts'
import { cleanTerminalText } from '../jobs/log/terminal-text.ts'
import type { Database } from '../store/database.ts'
import { listRunLogs, type RunLogState, runLogState, tailRunLogs } from '../store/run-logs.ts'
import { listTextLog } from '../store/run-text-log.ts'
import type { ChangeListener } from './change-feed.ts'
import type { ConsoleServices } from './context.ts'
import { callerError } from './errors.ts'
import type { Confirm } from './long-call.ts'

export interface LogQuestion {
  readonly afterSeq: number
  /** Null = the lines after `afterSeq`. */
  readonly tail: number | null
  readonly limit: number
}

export interface LogPage {
  readonly lines: LogLine[]
  readonly lastSeq: number
  readonly ended: boolean
}

const gone: RunLogState = { ended: true, lines: 0, lastSeq: 0, textBytes: null }

/** Our own lines; without any, the text that another program keeps, or that our own lines left when they were cleared away. */
export async function readLog(database: Database, runId: string, question: LogQuestion): Promise<LogPage> {
  const state = (await runLogState(database, runId)) ?? gone
  return readLogAt(database, runId, question, state)
}

/** What `get` says of the log without reading it. */
export async function countLogLines(database: Database, runId: string): Promise<number> {
  const state = (await runLogState(database, runId)) ?? gone
  if (!isText(state)) return state.lines
  const log = await listTextLog(database, runId, { afterSeq: 0, tail: null, limit: 0 })
  return log?.lineCount ?? 0
}

function isText({ lines, textBytes }: RunLogState): boolean {
  return lines === 0 && (textBytes ?? 0) > 0
}

async function readLogAt(
  database: Database,
  runId: string,
  question: LogQuestion,
  state: RunLogState,
): Promise<LogPage> {
  const { ended } = state
  if (isText(state)) return { ...(await readText(database, runId, question)), ended }
  if (state.lines === 0) return { lines: [], lastSeq: 0, ended }
  const { tail, afterSeq, limit } = question
  const rows =
    tail === null ? await listRunLogs(database, runId, afterSeq, limit) : await tailRunLogs(database, runId, tail)
  const lines = rows.map(({ seq, loggedAt, level, stepKey, message }) => ({
    seq,
    at: loggedAt,
    level,
    step: stepKey,
    message,
  }))
  return { lines, lastSeq: Math.max(state.lastSeq, lines.at(-1)?.seq ?? 0), ended }
}

async function readText(
  database: Database,
  runId: string,
  { afterSeq, tail, limit }: LogQuestion,
): Promise<Omit<LogPage, 'ended'>> {
  const log = await listTextLog(database, runId, { afterSeq, tail, limit: tail ?? limit })
  if (log === null) return { lines: [], lastSeq: 0 }
  const lines = log.lines.map(({ seq, message, cutBytes }) => {
    const clean = cleanTerminalText(message, message.length).text
    return {
      seq,
      at: log.at,
      level: 'info',
      step: null,
      message: cutBytes > 0 ? `${clean} … ${cutBytes} bytes cut` : clean,
    }
  })
  return { lines, lastSeq: log.lineCount }
}

export interface LogPiece {
  readonly lines: LogLine[]
  readonly ended: boolean
}

/** Milliseconds. What no hint told is found by then. */
const pollMs = 1_000
/** Milliseconds. A run that says nothing for so long is told to say nothing: whoever listens knows that the way here still is one. */
const quietMs = 5_000
const pieceLines = 1_000

export interface FollowedLog {
  readonly runId: string
  readonly afterSeq: number
  readonly confirm: Confirm
}

/**
 * The lines after `afterSeq` as they come; ends after the last one of a run that has ended, when the caller goes, and when the agent
 * stops. A hint that runs have changed makes it look at once, else it looks every second. Without new lines an empty piece comes every five
 * seconds.
 */
export async function* followLog(
  { database, changes, clock }: ConsoleServices,
  { runId, afterSeq, confirm }: FollowedLog,
  signal: AbortSignal | undefined,
): AsyncGenerator<LogPiece, void, void> {
  using bell = new Bell(signal)
  const unsubscribe = await changes.subscribe(bell.hear)
  try {
    let seq = afterSeq
    let textBytes: number | null = null
    let saidAt = clock.monotonic()
    while (!bell.isOver) {
      await confirm()
      const state = (await runLogState(database, runId)) ?? gone
      // A text is read again only when it has grown: splitting it is work.
      const isKnown = isText(state) && state.textBytes === textBytes
      const question = { afterSeq: seq, tail: null, limit: pieceLines }
      const page = isKnown ? { lines: [], lastSeq: seq } : await readLogAt(database, runId, question, state)
      const last = page.lines.at(-1)?.seq ?? seq
      const isMore = page.lines.length === pieceLines
      if (!isMore) textBytes = state.textBytes
      const ended = state.ended && !isMore
      if (page.lines.length > 0 || ended || clock.monotonic() - saidAt >= quietMs) {
        yield { lines: page.lines, ended }
        saidAt = clock.monotonic()
      }
      if (ended) return
      seq = last
      if (!isMore) await bell.ringsWithin(pollMs)
    }
  } catch (error) {
    // Behind the first event of a stream nobody translates errors any more.
    throw callerError(error) ?? error
  } finally {
    unsubscribe()
  }
}

/** Rings for changes of runs, and for the end: the caller is gone, or the agent stops. */
class Bell implements Disposable {
  readonly #signal: AbortSignal | undefined
  #ring: (() => void) | null = null
  #hasRung = false
  #isOver = false

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal
    signal?.addEventListener('abort', this.#end)
    if (signal?.aborted === true) this.#end()
  }

  get isOver(): boolean {
    return this.#isOver
  }

  readonly hear: ChangeListener = (change) => {
    if (change.type === 'end') this.#end()
    else if (change.type === 'resync' || (change.type === 'changed' && change.topics.includes('runs'))) this.#sound()
  }

  /** At once when it has rung since the last time. */
  async ringsWithin(ms: number): Promise<void> {
    if (!this.#hasRung && !this.#isOver) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms)
        this.#ring = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    this.#ring = null
    this.#hasRung = false
  }

  [Symbol.dispose](): void {
    this.#signal?.removeEventListener('abort', this.#end)
  }

  readonly #end = (): void => {
    this.#isOver = true
    this.#sound()
  }

  #sound(): void {
    this.#hasRung = true
    this.#ring?.()
  }
}
