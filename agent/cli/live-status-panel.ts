import stringWidth from 'string-width'
import { counted } from '../../shared/counted.ts'
import { maximumInShort } from '../../shared/due-words.ts'
import { formatDuration, formatPlanned } from '../../shared/duration.ts'
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
  const kept = model.events.length === 0 ? 0 : Math.min(model.events.length, fewestEvents) + 2
  const datasets = datasetLines(model, Math.max(5, room - kept), width)
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
  return [...parts, ...(now === null ? [] : [`${clockTime(now)} UTC`])].join(paint(' · ', 'gray', colors))
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
  const wanting = datasets.filter(
    (one) => !isUsable(one) || one.freshness === 'at_risk' || one.lastAttempt === 'failed',
  )
  if (wanting.length === 0) {
    return `All of ${counted(datasets.length, 'dataset')} ${datasets.length === 1 ? 'is' : 'are'} usable. Nothing is stale.`
  }
  const parts = [
    clause(wanting, (one) => one.freshness === 'stale', 'stale'),
    clause(wanting, (one) => one.freshness === 'never_synced', 'never synced'),
    clause(wanting, (one) => one.freshness === 'at_risk', 'at risk'),
    clause(wanting, (one) => isUsable(one) && one.lastAttempt === 'failed', 'usable, but its last attempt failed'),
  ].filter((part) => part !== null)
  const need = wanting.length === 1 ? 'needs' : 'need'
  const who = `${wanting.length} of ${counted(datasets.length, 'dataset')} ${need} attention`
  return `${paint(who, 'bold', colors)}: ${parts.join(', ')}.`
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

interface DatasetRow {
  readonly mark: Mark
  readonly label: string
  readonly age: string
  readonly maximum: string
  readonly next: string
  readonly remark: { readonly text: string; readonly isFailure: boolean }
}

interface Look {
  readonly colors: boolean
  readonly width: number
}

/** Brands by their worst dataset; what does not fit is counted. */
function datasetLines({ overview, now, colors }: PanelModel, room: number, width: number): string[] {
  if (overview === null || now === null) return []
  const brands = overview.brands
    .filter(({ datasets }) => datasets.length > 0)
    .toSorted((left, right) => worst(left) - worst(right) || (left.name < right.name ? -1 : 1))
  const blocks = brands.map((brand) => ({ brand, rows: brand.datasets.map((dataset) => rowOf(dataset, now)) }))
  const all = blocks.flatMap(({ rows }) => rows)
  const widths = columnWidths(all)
  const lines: string[] = []
  let shown = 0
  // Two lines are kept for the count of what is hidden and the blank one behind it.
  const fits = (added: number): boolean => lines.length + added + 2 <= room
  for (const { brand, rows } of blocks) {
    for (const [index, row] of rows.entries()) {
      const heading = index === 0 ? [brandTitle(brand, brands, colors)] : []
      const block = [...heading, ...datasetLine(row, widths, { colors, width })]
      if (!fits(block.length)) return withRest(lines, all.length - shown, colors)
      lines.push(...block)
      shown += 1
    }
  }
  return withRest(lines, 0, colors)
}

function withRest(lines: readonly string[], hidden: number, colors: boolean): string[] {
  if (lines.length === 0 && hidden === 0) return []
  const rest = hidden === 0 ? [] : [paint(`  … and ${counted(hidden, 'dataset')} more: pm status`, 'gray', colors)]
  return [...lines, ...rest, '']
}

function worst({ datasets }: BrandView): number {
  return Math.min(...datasets.map(severityOf))
}

function brandTitle(brand: BrandView, all: readonly BrandView[], colors: boolean): string {
  const organizations = new Set(all.map((one) => one.organizationName))
  const name = paint(safeText(brand.name), 'bold', colors)
  const isAmbiguous = organizations.size > 1 || isSample(brand)
  return isAmbiguous ? `${name} ${paint(`· ${safeText(brand.organizationName)}`, 'gray', colors)}` : name
}

/** The sample says so wherever it is shown. */
function isSample({ organizationName }: BrandView): boolean {
  return organizationName === 'Sample organization'
}

function rowOf(dataset: DatasetView, now: Date): DatasetRow {
  const { lastSuccessAt, maxAgeHours, due } = dataset
  return {
    mark: freshnessMarks[dataset.freshness],
    label: safeText(dataset.label),
    age: lastSuccessAt === null ? '–' : formatDuration(now.getTime() - lastSuccessAt.getTime()),
    maximum:
      maxAgeHours === null
        ? 'no maximum'
        : `of ${due === null ? formatDuration(maxAgeHours * 3_600_000) : maximumInShort(maxAgeHours, due)}`,
    next: nextWords(dataset, now),
    remark: remarkOf(dataset, now),
  }
}

/** What the row's figures do not say. Ages are counted here, so that they move with the clock. */
function remarkOf({ freshness, lastAttempt, error, reason, staleAt }: DatasetView, now: Date): DatasetRow['remark'] {
  const ms = staleAt === null ? 0 : staleAt.getTime() - now.getTime()
  const parts: string[] = []
  if (freshness === 'stale') parts.push(`stale for ${formatDuration(-ms)}`)
  if (freshness === 'at_risk') parts.push(`goes stale in ${formatDuration(ms)}, before a run can refresh it`)
  const isFailure = lastAttempt === 'failed'
  if (isFailure) parts.push(`${attemptMarks.failed.shape} last attempt failed${error === null ? '' : `: ${error}`}`)
  else if (freshness === 'never_synced' && lastAttempt !== 'running')
    parts.push((reason ?? '').replace(/^No run has succeeded yet\. ?/, ''))
  return { text: safeText(parts.join(' · ')), isFailure }
}

function nextWords({ lastAttempt, nextRunAt, hold }: DatasetView, now: Date): string {
  if (lastAttempt === 'running') return `${runMarks.running.shape} running`
  if (nextRunAt === null) return hold === null ? 'no run planned' : 'held'
  const ms = nextRunAt.getTime() - now.getTime()
  if (hold !== null && ms > 0) return `held, next in ${formatDuration(ms)}`
  return ms > 0 ? `next in ${formatDuration(ms)}` : formatPlanned(nextRunAt, now)
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
    // Wide enough for what comes in the next hour: columns that jump from second to second are hard to read.
    age: Math.max(
      '59 min 59 s'.length,
      widest(({ age }) => age),
    ),
    maximum: widest(({ maximum }) => maximum),
    next: Math.max(
      'next in 9 min 59 s'.length,
      widest(({ next }) => next),
    ),
  }
}

/** One line; a remark that does not fit beside the figures goes below them. */
function datasetLine(row: DatasetRow, widths: Widths, { colors, width }: Look): string[] {
  const { mark, label, age, maximum, next, remark } = row
  const figures = [
    `  ${paint(pad(`${mark.shape} ${capital(mark.word)}`, widths.mark), mark.color, colors)}`,
    pad(cutTo(label, widths.label), widths.label),
    `${pad(age, widths.age, 'right')} ${paint(pad(maximum, widths.maximum), 'gray', colors)}`,
    pad(next, widths.next),
  ].join('  ')
  const color = remark.isFailure ? 'red' : 'gray'
  const left = width - stringWidth(figures) - 2
  if (stringWidth(remark.text) <= left) return [`${figures}  ${paint(remark.text, color, colors)}`]
  const indent = ' '.repeat(widths.mark + 4)
  const below = wrapped(remark.text, width - indent.length, mostRemarkLines)
  return [figures, ...below.map((line) => indent + paint(line, color, colors))]
}

const mostRemarkLines = 3

/** Lines of whole words; the last one is cut when there are too many. */
function wrapped(text: string, width: number, most: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && lines.length < most - 1 && stringWidth(`${line} ${word}`) > width) {
      lines.push(line)
      line = word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  return [...lines, line].map((one) => cutTo(one, width))
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

// Built from a number: an escape character is invisible to a reader.
const styling = new RegExp(`(${String.fromCharCode(0x1b)}\\[[0-9;]*m)`)

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
