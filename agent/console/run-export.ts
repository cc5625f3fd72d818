import type { RunFilter, RunRow } from '../../shared/contract/runs.ts'
import { listRunPage, listRunsById, positionOfRun } from '../store/run-list.ts'
import type { RunPosition } from '../store/run-sources.ts'
import { requireOrganization } from './access.ts'
import type { ConsoleContext, ConsoleServices } from './context.ts'
import { callerError } from './errors.ts'
import { beginLongCall, type Confirm } from './long-call.ts'
import { searchedText } from './run-filter.ts'
import { readFiltered, runRow } from './run-list.ts'
import { type RunQuestion, searchedChunks } from './run-search.ts'

export interface ExportPiece {
  readonly text: string
  readonly rows: number
  /** Only on the last piece: there are more runs than an export holds. */
  readonly cut: boolean
}

type Format = 'csv' | 'json'

const pieceRows = 500
const mostRows = 100_000

/** Checks what was asked for, then gives the pieces; they stop when the caller goes. */
export async function exportRuns(
  context: ConsoleContext,
  input: RunFilter & { readonly format: Format },
  signal: AbortSignal | undefined,
): Promise<AsyncGenerator<ExportPiece, void, void>> {
  const { services } = context
  const confirm = await beginLongCall(context, () => requireOrganization(context, input.organizationId))
  const { filter, brands } = await readFiltered(context, input)
  const question = { filter, brands, after: null, text: searchedText(input) ?? '' }
  const batches = question.text === '' ? pages(services, question) : found(services, question)
  return pieces({ batches, confirm, format: input.format }, signal)
}

/** Everything in the order of the list, some at a time. */
async function* pages(services: ConsoleServices, question: RunQuestion): AsyncGenerator<RunRow[], void, void> {
  let after: RunPosition | null = null
  for (;;) {
    const runs = await listRunPage(services.database, { ...question, after, limit: pieceRows })
    if (runs.length > 0) yield runs.map(runRow)
    if (runs.length < pieceRows) return
    const last = runs.at(-1)
    after = last === undefined ? after : positionOfRun(last)
  }
}

async function* found(services: ConsoleServices, question: RunQuestion): AsyncGenerator<RunRow[], void, void> {
  for await (const { runs } of searchedChunks(services, question)) {
    const ids = runs.filter(({ matches }) => matches).map(({ id }) => id)
    // An empty piece too: the caller hears that the search goes on.
    yield (await listRunsById(services.database, ids)).map(runRow)
  }
}

interface Pieces {
  readonly batches: AsyncGenerator<RunRow[], void, void>
  readonly confirm: Confirm
  readonly format: Format
}

async function* pieces(
  { batches, confirm, format }: Pieces,
  signal: AbortSignal | undefined,
): AsyncGenerator<ExportPiece, void, void> {
  const writer = writers[format]
  let rows = 0
  let cut = false
  try {
    yield { text: writer.begin, rows: 0, cut }
    for await (const batch of batches) {
      if (signal?.aborted === true) return
      await confirm()
      const kept = batch.slice(0, mostRows - rows)
      const between = rows > 0 && kept.length > 0 ? writer.between : ''
      yield { text: `${between}${kept.map(writer.row).join(writer.between)}`, rows: kept.length, cut: false }
      rows += kept.length
      cut = kept.length < batch.length
      if (cut) break
    }
    yield { text: writer.end, rows: 0, cut }
  } catch (error) {
    // Behind the first event of a stream nobody translates errors any more.
    throw callerError(error) ?? error
  }
}

interface Writer {
  readonly begin: string
  readonly between: string
  readonly end: string
  readonly row: (run: RunRow) => string
}

type Cell = string | number | Date | null

const columns = {
  run_id: (run) => run.id,
  job_id: (run) => run.jobId,
  job_name: (run) => run.jobName,
  job_type: (run) => run.jobType,
  brand_id: (run) => run.brand?.id ?? null,
  brand: (run) => run.brand?.name ?? null,
  status: (run) => run.status,
  problem: (run) => run.problem,
  attempt: (run) => run.attempt,
  scheduled_for: (run) => run.scheduledFor,
  started_at: (run) => run.startedAt,
  completed_at: (run) => run.completedAt,
  duration_ms: (run) => run.durationMs,
  records: (run) => run.records,
  trigger_source: (run) => run.triggerSource,
  requested_by: (run) => run.requestedBy,
  agent: (run) => run.agent?.name ?? null,
  error: (run) => run.error,
} satisfies Record<string, (run: RunRow) => Cell>

const writers = {
  csv: {
    // Without a byte order mark Excel takes it for a file of its own code page.
    begin: `\uFEFF${Object.keys(columns).join(',')}\r\n`,
    between: '',
    end: '',
    row: (run) =>
      `${Object.values(columns)
        .map((cell) => csvCell(cell(run)))
        .join(',')}\r\n`,
  },
  json: {
    begin: '[\n',
    between: ',\n',
    end: '\n]\n',
    row: (run) => {
      const cells = Object.entries(columns).map(([name, cell]) => [name, cell(run)])
      return JSON.stringify(Object.fromEntries(cells))
    },
  },
} satisfies Record<Format, Writer>

/** RFC 4180; text that a spreadsheet would take for a formula is marked as text. */
export function csvCell(value: Cell): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  const text = value instanceof Date ? value.toISOString() : /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
