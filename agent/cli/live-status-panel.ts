import stringWidth from 'string-width'
import { formatDuration } from '../../shared/duration.ts'
import type { AgentState } from '../application/agent.ts'
import { type BrandView, type DatasetView, type Overview, severityOf } from '../freshness/overview.ts'
import { attemptMarks, type Color, freshnessMarks, type Mark, paint, runMarks } from './output/marks.ts'
import { safeText } from './output/safe-text.ts'
import { cutTo } from './output/table.ts'

/** A run under way. */
export interface ShownRun {
  readonly title: string
  readonly attempt: number
  /** `measure 3/10`; null until it is known. */
  readonly step: string | null
  readonly elapsedMs: number
}

/** Something that has happened, the latest last. */
export interface ShownEvent {
  /** `12:34:56` */
  readonly time: string
  readonly mark: Mark | null
  readonly text: string
}

export interface PanelModel {
  readonly state: AgentState
  readonly agentName: string
  readonly url: string
  /** Null until the database has answered once. */
  readonly overview: Overview | null
  /** The database's clock. */
  readonly now: Date | null
  readonly runs: readonly ShownRun[]
  readonly events: readonly ShownEvent[]
  /** Characters and lines of the terminal. */
  readonly columns: number
  readonly rows: number
  readonly colors: boolean
}

const fewestEvents = 3
const widestText = 160

/** The whole panel as text that fits the terminal: answer first, then the evidence, worst first. */
export function renderPanel(model: PanelModel): string {
  const width = Math.min(model.columns - 1, widestText)
  const head = [headline(model), answer(model), '']
  const runs = runLines(model)
  const foot = [paint('Ctrl+C stops the agent; running work gets time to finish.', 'gray', model.colors)]
  // One line stays free: a panel as high as the terminal would scroll it at every repaint.
  const room = model.rows - 1 - head.length - runs.length - foot.length
  const datasets = datasetLines(model, Math.max(3, room - fewestEvents - 2))
  const events = eventLines(model, Math.max(fewestEvents, room - datasets.length - 2))
  const lines = [...head, ...datasets, ...runs, ...events, ...foot].map((line) => cutStyled(line, width))
  return lines.slice(0, Math.max(1, model.rows - 1)).join('\n')
}

function headline({ state, agentName, url, now, colors }: PanelModel): string {
  const { shape, color } = stateMarks[state]
  const parts = [
    paint('Pipeline Manager', 'bold', colors),
    paint(`${shape} ${state}`, color, colors),
    `agent ${safeText(agentName)}`,
    url,
  ]
  return [...parts, ...(now === null ? [] : [`${clockTime(now)} UTC`])].join(paint('  ·  ', 'gray', colors))
}

const stateMarks = {
  starting: { shape: '◔', color: 'blue' },
  running: { shape: '●', color: 'green' },
  offline: { shape: '◌', color: 'red' },
  draining: { shape: '◑', color: 'yellow' },
  stopped: { shape: '○', color: 'gray' },
} as const satisfies Record<AgentState, { shape: string; color: Color }>

/** `12:34:56`, UTC. */
export function clockTime(at: Date): string {
  return at.toISOString().slice(11, 19)
}

/** The sentence an operator would say. */
function answer({ overview, state, runs, colors }: PanelModel): string {
  if (state === 'draining') {
    return runs.length === 0
      ? 'Stopping.'
      : `Stopping: ${counted(runs.length, 'run')} may finish, then the rest is given back. Ctrl+C again stops at once.`
  }
  if (overview === null) return 'Looking at the datasets …'
  const datasets = overview.brands.flatMap((brand) => brand.datasets)
  if (datasets.length === 0) return nothingYet(overview)
  const parts = [
    clause(datasets, (one) => one.freshness === 'stale', 'stale'),
    clause(datasets, (one) => one.freshness === 'never_synced', 'never synced'),
    clause(datasets, (one) => one.freshness === 'at_risk', 'at risk'),
    clause(datasets, (one) => isUsable(one) && one.lastAttempt === 'failed', 'usable with a failed last attempt'),
  ].filter((part) => part !== null)
  if (parts.length > 0) return paint(`${parts.join(', ')}, of ${counted(datasets.length, 'dataset')}.`, 'bold', colors)
  return `All of ${counted(datasets.length, 'dataset')} ${datasets.length === 1 ? 'is' : 'are'} usable. Nothing is stale.`
}

function nothingYet({ brands }: Overview): string {
  if (brands.length === 0)
    return 'There are no brands yet. "pm sample load" brings an example; "pm brands create" your own.'
  return `No job of ${counted(brands.length, 'brand')} refreshes a dataset yet. "pm schedule" makes one.`
}

function isUsable({ freshness }: DatasetView): boolean {
  return freshness === 'fresh' || freshness === 'at_risk' || freshness === 'no_policy'
}

function clause(datasets: readonly DatasetView[], test: (view: DatasetView) => boolean, words: string): string | null {
  const count = datasets.filter(test).length
  return count === 0 ? null : `${count} ${words}`
}

function counted(count: number, singular: string): string {
  return `${count} ${singular}${count === 1 ? '' : 's'}`
}

interface DatasetRow {
  readonly mark: Mark
  readonly label: string
  readonly age: string
  readonly maximum: string
  readonly next: string
  readonly remark: string
}

/** Brands by their worst dataset; what does not fit is counted. */
function datasetLines(model: PanelModel, room: number): string[] {
  const { overview, now, colors } = model
  if (overview === null || now === null) return []
  const brands = overview.brands
    .filter(({ datasets }) => datasets.length > 0)
    .toSorted((left, right) => worst(left) - worst(right) || (left.name < right.name ? -1 : 1))
  const lines: string[] = []
  const rows = brands.map((brand) => brand.datasets.map((dataset) => rowOf(dataset, now)))
  const widths = columnWidths(rows.flat())
  let shown = 0
  for (const [index, brand] of brands.entries()) {
    const [first, ...rest] = rows[index] ?? []
    if (first === undefined || lines.length + 3 > room) break
    lines.push(brandTitle(brand, brands, colors), datasetLine(first, widths, colors))
    shown += 1
    for (const row of rest) {
      if (lines.length + 2 > room) break
      lines.push(datasetLine(row, widths, colors))
      shown += 1
    }
  }
  const hidden = rows.flat().length - shown
  if (hidden > 0) lines.push(paint(`  … and ${counted(hidden, 'dataset')} more: pm status`, 'gray', colors))
  return lines.length === 0 ? [] : [...lines, '']
}

function worst({ datasets }: BrandView): number {
  return Math.min(...datasets.map(severityOf))
}

function brandTitle(brand: BrandView, all: readonly BrandView[], colors: boolean): string {
  const organizations = new Set(all.map((one) => one.organizationName))
  const name = paint(safeText(brand.name), 'bold', colors)
  const isAmbiguous = organizations.size > 1 || isSample(brand)
  return isAmbiguous ? `${name} ${paint(safeText(brand.organizationName), 'gray', colors)}` : name
}

/** The sample says so wherever it is shown. */
function isSample({ organizationName }: BrandView): boolean {
  return organizationName === 'Sample organization'
}

function rowOf(dataset: DatasetView, now: Date): DatasetRow {
  const { lastSuccessAt, maxAgeHours, nextRunAt, lastAttempt } = dataset
  const failed = lastAttempt === 'failed' ? `${attemptMarks.failed.shape} ` : ''
  const failure = dataset.error === null ? 'last attempt failed' : `last attempt failed: ${dataset.error}`
  const remark = lastAttempt === 'failed' ? failure : (dataset.reason ?? '')
  return {
    mark: freshnessMarks[dataset.freshness],
    label: safeText(dataset.label),
    age: lastSuccessAt === null ? '–' : formatDuration(now.getTime() - lastSuccessAt.getTime()),
    maximum: maxAgeHours === null ? 'no maximum' : `of ${formatDuration(maxAgeHours * 3_600_000)}`,
    next: nextWords(lastAttempt === 'running', nextRunAt, now),
    remark: safeText(failed + remark),
  }
}

function nextWords(isRunning: boolean, nextRunAt: Date | null, now: Date): string {
  if (isRunning) return `${runMarks.running.shape} running`
  if (nextRunAt === null) return 'no run planned'
  const ms = nextRunAt.getTime() - now.getTime()
  return ms <= 0 ? 'due now' : `next in ${formatDuration(ms)}`
}

type Widths = Readonly<Record<'mark' | 'label' | 'age' | 'maximum' | 'next', number>>

function columnWidths(rows: readonly DatasetRow[]): Widths {
  const widest = (text: (row: DatasetRow) => string): number =>
    rows.reduce((width, row) => Math.max(width, stringWidth(text(row))), 0)
  return {
    mark: widest(({ mark }) => mark.word) + 2,
    label: Math.min(
      widest(({ label }) => label),
      28,
    ),
    age: widest(({ age }) => age),
    maximum: widest(({ maximum }) => maximum),
    next: widest(({ next }) => next),
  }
}

function datasetLine({ mark, label, age, maximum, next, remark }: DatasetRow, widths: Widths, colors: boolean): string {
  const isLoud = remark.startsWith(attemptMarks.failed.shape)
  return [
    `  ${paint(pad(`${mark.shape} ${capital(mark.word)}`, widths.mark), mark.color, colors)}`,
    pad(cutTo(label, widths.label), widths.label),
    `${pad(age, widths.age, 'right')} ${paint(pad(maximum, widths.maximum), 'gray', colors)}`,
    pad(next, widths.next),
    paint(remark, isLoud ? 'red' : 'gray', colors),
  ].join('  ')
}

function capital(word: string): string {
  return `${word.charAt(0).toUpperCase()}${word.slice(1)}`
}

function pad(text: string, width: number, side: 'left' | 'right' = 'left'): string {
  const padding = ' '.repeat(Math.max(0, width - stringWidth(text)))
  return side === 'left' ? text + padding : padding + text
}

const mostRuns = 6

function runLines({ runs, colors }: PanelModel): string[] {
  if (runs.length === 0) return []
  const { shape, color } = runMarks.running
  const lines = runs.slice(0, mostRuns).map(({ title, attempt, step, elapsedMs }) => {
    const again = attempt > 1 ? ` · attempt ${attempt}` : ''
    const at = step === null ? '' : ` · ${safeText(step)}`
    return `  ${paint(shape, color, colors)} ${safeText(title)}${at}${again} · ${formatDuration(elapsedMs)}`
  })
  const hidden = runs.length - mostRuns
  const more = hidden > 0 ? [paint(`  … and ${hidden} more: pm runs --status running`, 'gray', colors)] : []
  return [paint(`Running (${runs.length})`, 'bold', colors), ...lines, ...more, '']
}

function eventLines({ events, colors }: PanelModel, room: number): string[] {
  const latest = events.slice(-room).toReversed()
  if (latest.length === 0) return []
  const lines = latest.map(({ time, mark, text }) => {
    const shape = mark === null ? '·' : paint(mark.shape, mark.color, colors)
    return `  ${paint(time, 'gray', colors)} ${shape} ${safeText(text)}`
  })
  return [paint('Latest', 'bold', colors), ...lines, '']
}

const styling = /(\u001b\[[0-9;]*m)/

/** Like cutTo for text with colours in it: they take no room, and none is left open. */
function cutStyled(line: string, width: number): string {
  if (stringWidth(line) <= width) return line
  let left = width
  let isCut = false
  return line
    .split(styling)
    .map((part, index) => {
      if (index % 2 === 1) return part
      if (isCut || left <= 0) return ''
      const cut = cutTo(part, left)
      isCut = cut !== part
      left -= stringWidth(cut)
      return cut
    })
    .join('')
}
