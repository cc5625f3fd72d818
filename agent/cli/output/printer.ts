import { formatAge, formatInstant } from '../../../shared/duration.ts'
import { type CliContext, type GlobalFlags, wantsColor } from '../context.ts'
import { type Color, type Mark, markText, paint } from './marks.ts'
import { safeLines } from './safe-text.ts'
import { type Cell, type Column, renderTable } from './table.ts'
import { wrapTo } from './wrap.ts'

/** What a command says, in the form the caller asked for. */
export interface Printer {
  readonly json: boolean
  readonly colors: boolean
  /** Columns of the terminal; null = not a terminal, nothing is cut. */
  readonly width: number | null
  /** With `--json` the document, else what `human` prints. */
  answer(document: unknown, human: () => void): void
  /** One or more lines of untrusted text on stdout. */
  line(text: string, color?: Color): void
  /** A mark in its colour, and after it untrusted text. */
  marked(mark: Mark, text: string): void
  table(columns: readonly Column[], rows: readonly (readonly Cell[])[]): void
  /** A remark on stderr: what happens meanwhile, warnings. Silent with `--json`, where stderr holds an error or nothing. */
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
    width,
    answer: (document, human) => {
      if (json) stdout.write(`${JSON.stringify(document, null, 2)}\n`)
      else human()
    },
    line: (text, color) => {
      const safe = safeLines(text)
      stdout.write(`${color === undefined ? safe : paint(safe, color, colors)}\n`)
    },
    marked: (mark, text) => {
      const words = markText(mark)
      const whole = `${words}  ${safeLines(text)}`
      const wrapped = width === null ? whole : wrapTo(whole, width, '    ')
      stdout.write(`${paint(words, mark.color, colors)}${wrapped.slice(words.length)}\n`)
    },
    table: (columns, rows) => {
      stdout.write(renderTable(columns, rows, { width, colors }))
    },
    note: (text) => {
      if (!json) stderr.write(`${safeLines(text)}\n`)
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
