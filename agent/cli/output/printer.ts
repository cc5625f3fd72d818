import { formatAge, formatInstant } from '../../../shared/duration.ts'
import { type CliContext, type GlobalFlags, wantsColor } from '../context.ts'
import { type Color, paint } from './marks.ts'
import { safeLines } from './safe-text.ts'
import { type Cell, type Column, renderTable } from './table.ts'

/** What a command says, in the form the caller asked for. */
export interface Printer {
  readonly json: boolean
  readonly colors: boolean
  /** With `--json` the document, else what `human` prints. */
  answer(document: unknown, human: () => void): void
  /** One or more lines of untrusted text on stdout. */
  line(text: string, color?: Color): void
  table(columns: readonly Column[], rows: readonly (readonly Cell[])[]): void
  /** A remark on stderr: what happens meanwhile, warnings. */
  note(text: string): void
}

export function createPrinter(context: CliContext, flags: GlobalFlags): Printer {
  const { stdout, stderr } = context
  const colors = wantsColor(context, stdout, flags)
  const width = context.isTty ? (stdout.columns ?? null) : null
  const json = flags.json === true
  return {
    json,
    colors,
    answer: (document, human) => {
      if (json) stdout.write(`${JSON.stringify(document, null, 2)}\n`)
      else human()
    },
    line: (text, color) => {
      const safe = safeLines(text)
      stdout.write(`${color === undefined ? safe : paint(safe, color, colors)}\n`)
    },
    table: (columns, rows) => {
      stdout.write(renderTable(columns, rows, { width, colors }))
    },
    note: (text) => {
      stderr.write(`${safeLines(text)}\n`)
    },
  }
}

/** `3 h 12 min ago (2026-11-23 10:10 UTC)`: relative and absolute. */
export function ageAndInstant(at: Date, now: Date): string {
  return `${formatAge(at, now)} (${formatInstant(at)})`
}

/**
 * Eight characters that tell ids apart. The first characters of a time-ordered id (version 7, as runs have) are the same
 * for a whole minute, so of those the last are taken; commands find an id by its beginning and by its end.
 */
export function shortId(id: string): string {
  return id.charAt(14) === '7' ? id.slice(-8) : id.slice(0, 8)
}

/** `1 run`, `2 runs`. */
export function counted(count: number, singular: string, plural = `${singular}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? singular : plural}`
}
