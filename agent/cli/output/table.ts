import stringWidth from 'string-width'
import { type Color, type Mark, markText, paint } from './marks.ts'
import { safeText } from './safe-text.ts'

export interface Column {
  readonly title: string
  readonly align?: 'right'
  /** When the terminal is too narrow, these give way, down to this many characters; the longest first. */
  readonly shrinksTo?: number
  /** When even that is too wide, these are left out, the last first; the same facts are in `--json`. */
  readonly mayGo?: boolean
}

export type Cell = string | number | null | Mark | { readonly text: string; readonly color: Color }

export interface TableOptions {
  /** Of the terminal; null = never cut, as in a pipe. */
  readonly width: number | null
  readonly colors: boolean
}

interface Shown {
  readonly text: string
  readonly color: Color | null
}

const gap = '  '

/** Rows under their titles, aligned, each line ending in a line break. Cells are made safe here; null is shown as a dash. */
export function renderTable(
  allColumns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  options: TableOptions,
): string {
  const all = rows.map((row) => allColumns.map((_column, index) => shownCell(row[index] ?? null)))
  const kept = keptColumns(allColumns, naturalWidths(allColumns, all), options.width)
  const columns = allColumns.filter((_column, index) => kept.has(index))
  const shown = all.map((row) => row.filter((_cell, index) => kept.has(index)))
  const widths = fitted(columns, naturalWidths(columns, shown), options.width)
  const titles = columns.map((column) => ({ text: column.title.toUpperCase(), color: 'bold' as const }))
  return [titles, ...shown].map((row) => renderRow(row, columns, widths, options)).join('')
}

function shownCell(cell: Cell): Shown {
  if (cell === null) return { text: '–', color: 'gray' }
  if (typeof cell === 'number') return { text: cell.toLocaleString('en-US'), color: null }
  if (typeof cell === 'string') return { text: safeText(cell), color: null }
  return { text: safeText('shape' in cell ? markText(cell) : cell.text), color: cell.color }
}

function naturalWidths(columns: readonly Column[], rows: readonly (readonly Shown[])[]): number[] {
  return columns.map((column, index) =>
    rows.reduce((widest, row) => Math.max(widest, stringWidth(row[index]?.text ?? '')), stringWidth(column.title)),
  )
}

/** Indexes of the columns that there is room for, each at its narrowest. */
function keptColumns(columns: readonly Column[], natural: readonly number[], width: number | null): Set<number> {
  const kept = new Set(columns.keys())
  const narrowest = (index: number): number => Math.min(natural[index] ?? 0, columns[index]?.shrinksTo ?? Infinity)
  const total = (): number => [...kept].reduce((sum, index) => sum + narrowest(index) + gap.length, -gap.length)
  for (const index of [...columns.keys()].toReversed()) {
    if (width === null || total() <= width) break
    if (columns[index]?.mayGo === true) kept.delete(index)
  }
  return kept
}

function fitted(columns: readonly Column[], natural: readonly number[], width: number | null): number[] {
  const widths = [...natural]
  if (width === null) return widths
  const total = (): number => widths.reduce((sum, one) => sum + one, gap.length * (widths.length - 1))
  while (total() > width) {
    const index = widest(columns, widths)
    if (index === null) break
    // One at a time until another column is the widest: at most a few hundred turns.
    widths[index] = (widths[index] ?? 1) - 1
  }
  return widths
}

/** The widest column that may still give way. */
function widest(columns: readonly Column[], widths: readonly number[]): number | null {
  let best: number | null = null
  for (const [index, { shrinksTo }] of columns.entries()) {
    const width = widths[index] ?? 0
    if (shrinksTo !== undefined && width > shrinksTo && (best === null || width > (widths[best] ?? 0))) best = index
  }
  return best
}

function renderRow(
  row: readonly Shown[],
  columns: readonly Column[],
  widths: readonly number[],
  { colors }: TableOptions,
): string {
  const cells = row.map(({ text, color }, index) => {
    const width = widths[index] ?? 0
    const cut = cutTo(text, width)
    const padding = ' '.repeat(Math.max(0, width - stringWidth(cut)))
    const painted = color === null ? cut : paint(cut, color, colors)
    return columns[index]?.align === 'right' ? padding + painted : painted + padding
  })
  return `${cells.join(gap).trimEnd()}\n`
}

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** At most `width` terminal columns; a cut is marked and never splits a character. */
export function cutTo(text: string, width: number): string {
  if (stringWidth(text) <= width) return text
  let kept = ''
  let used = 0
  for (const { segment } of segmenter.segment(text)) {
    const size = stringWidth(segment)
    if (used + size > width - 1) break
    kept += segment
    used += size
  }
  return `${kept.trimEnd()}…`
}
