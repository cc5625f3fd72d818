import type { LogLevel } from '../../../shared/domain.ts'
import { listRunLogs, type RunLogLine } from '../../store/run-logs.ts'
import { getRun, getWholeLog, type Run } from '../../store/scheduled-job-runs.ts'
import { type CliContext, type GlobalFlags, wantsColor } from '../context.ts'
import { runNamed } from '../lookup.ts'
import { type Ask, outlasting } from '../outlast-database.ts'
import { type Color, paint } from '../output/marks.ts'
import { shortId } from '../output/printer.ts'
import { coloredLines, safeLines, safeText } from '../output/safe-text.ts'
import { interruptedExitCode, pause } from '../pause.ts'
import { type Session, withSession } from '../session.ts'
import { statusWords } from './runs.ts'

export interface LogsFlags extends GlobalFlags {
  readonly follow?: boolean
}

const pageSize = 1_000
const followMs = 500

/**
 * `pm logs <run>`: 0 when the run completed (or goes on), 1 when it failed or was cancelled. With `--follow` until it ends.
 * `--json` is one document; with `--follow` one line of JSON per log line, since a document would never end; the log of another program is
 * one line with its `text`.
 */
export async function showLogs(context: CliContext, text: string, flags: LogsFlags): Promise<void> {
  await withSession(context, flags, 'read', async (session) => {
    const run = await runNamed(session.database, text)
    const ended = flags.follow === true ? await follow(session, run, flags) : await showOnce(session, run, flags)
    if (ended !== null) context.setExitCode(ended.status === 'failed' || ended.status === 'cancelled' ? 1 : 0)
  })
}

async function showOnce(session: Session, run: Run, flags: GlobalFlags): Promise<Run> {
  const { print, database } = session
  const lines = await allLines(session, run.id, 0)
  // Runs of other programs keep their log as one text.
  const text = lines.length === 0 ? await getWholeLog(database, run.id) : null
  print.answer({ runId: run.id, status: run.status, lines, text }, () => {
    const write = lineWriter(session, flags)
    for (const line of lines) write(line)
    if (text !== null) print.line(text)
    if (lines.length === 0 && text === null) print.note('This run has no log.')
    print.note(ending(run))
  })
  return run
}

/** Null when interrupted before the end. A database that is away is waited for: the run goes on without it. */
async function follow(session: Session, run: Run, flags: GlobalFlags): Promise<Run | null> {
  const { database, print, interrupted, context } = session
  const write = lineWriter(session, flags)
  const ask = outlasting(session, { tell: (words) => print.note(words), fix: `Look again: pm logs ${shortId(run.id)}` })
  let seq = 0
  for (;;) {
    const after = seq
    const seen = await ask(async () => {
      // Asked first: what is read after the end was seen is everything there is.
      const now = await getRun(database, run.id)
      return { now, lines: await allLines(session, run.id, after) }
    })
    if (seen === null) break
    const { now, lines } = seen
    for (const line of lines) write(line)
    seq = lines.at(-1)?.seq ?? seq
    if (now === null) return run
    if (now.completedAt !== null) {
      if (seq === 0) await writeWhole(session, run.id, ask)
      print.note(ending(now))
      return now
    }
    if (!(await pause(followMs, interrupted))) break
  }
  context.setExitCode(interruptedExitCode)
  return null
}

/** Runs of other programs keep their log as one text, which is there once they have ended. */
async function writeWhole({ context, database, print }: Session, runId: string, ask: Ask): Promise<void> {
  const text = await ask(() => getWholeLog(database, runId))
  if (text === null) return
  if (print.json) context.stdout.write(`${JSON.stringify({ text })}\n`)
  else print.line(text)
}

function ending(run: Run): string {
  return `${statusWords(run)}${run.errorMessage === null ? '' : `: ${run.errorMessage}`}`
}

async function allLines({ database }: Session, runId: string, after: number): Promise<RunLogLine[]> {
  const lines: RunLogLine[] = []
  for (;;) {
    const page = await listRunLogs(database, runId, lines.at(-1)?.seq ?? after, pageSize)
    lines.push(...page)
    if (page.length < pageSize) return lines
  }
}

const levelColors = { debug: 'gray', info: null, warn: 'yellow', error: 'red' } as const satisfies Record<
  LogLevel,
  Color | null
>

/** Writes one log line: with colours on a terminal, plain otherwise. */
export function lineWriter({ context, print }: Session, flags: GlobalFlags): (line: RunLogLine) => void {
  const { stdout } = context
  const colors = wantsColor(context, stdout, flags)
  if (print.json) return (line) => stdout.write(`${JSON.stringify(line)}\n`)
  return ({ loggedAt, level, stepKey, message }) => {
    const time = paint(loggedAt.toISOString().slice(11, 19), 'gray', colors)
    const color = levelColors[level] ?? null
    const word = color === null ? '' : `${paint(safeText(level), color, colors)} `
    const step = stepKey === null ? '' : `[${safeText(stepKey)}] `
    stdout.write(`${time} ${word}${step}${colors ? coloredLines(message) : safeLines(message)}\n`)
  }
}
