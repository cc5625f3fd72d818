import { crc32 } from 'node:zlib'
import type { LogLevel } from '../../shared/domain.ts'
import { isEnd, type KeptRun, type RunOutbox } from '../scheduler/run-outbox.ts'
import type { LogRecord, RunEnd, RunProgress } from '../store/run-record.ts'
import type { OfflineStore } from './offline-store.ts'
import type { Section } from './section.ts'
import type { Subject } from './subject.ts'

/**
 * A run's record is one document, but for its log lines: those can be many, and each is kept once however often the run is kept again.
 * The document is what `RunProgress` and `RunEnd` are: whoever changes those appends a step that brings older documents along.
 */
export const keptRuns: Subject = {
  name: 'kept_runs',
  steps: [
    `create table kept_runs (
      seq integer primary key autoincrement,
      run_id text not null unique,
      has_ended integer not null,
      brand_id text,
      kept_at integer not null,
      document text not null,
      checksum integer not null
    ) strict;
    -- Counted at every look at the agent's health.
    create index kept_runs_ended on kept_runs (seq) where has_ended = 1;
    create table kept_lines (
      run_id text not null,
      seq integer not null,
      logged_at real not null,
      level text not null,
      step_key text,
      message text not null,
      checksum integer not null,
      primary key (run_id, seq)
    ) strict`,
  ],
  precious: ['kept_runs', 'kept_lines'],
  isDurable: true,
  // Only chatter gives way; a result never does.
  shed: (section) =>
    section.change(
      `delete from kept_lines where rowid in (
        select rowid from kept_lines where level in ('debug', 'info') order by level, logged_at limit 500
      )`,
    ) > 0,
}

const chatter: readonly LogLevel[] = ['debug', 'info']

interface RunRow {
  readonly runId: string
  readonly brandId: string | null
  /** The database's clock, ms. */
  readonly keptAt: number
  readonly document: string
  readonly checksum: number
}

interface LineRow extends Omit<LogRecord, 'ageMs'> {
  readonly runId: string
  /** The database's clock, ms. */
  readonly loggedAt: number
  readonly checksum: number
}

const runColumns = 'run_id as "runId", brand_id as "brandId", kept_at as "keptAt", document, checksum'
const lineColumns = 'run_id as "runId", seq, logged_at as "loggedAt", level, step_key as "stepKey", message, checksum'

/** O3 on SQLite. */
export class StoredRunOutbox implements RunOutbox {
  readonly #store: OfflineStore
  readonly #onDamage: (message: string) => void

  /** `onDamage`: told about what was kept and cannot be read any more. */
  constructor(store: OfflineStore, onDamage: (message: string) => void) {
    this.#store = store
    this.#onDamage = onDamage
  }

  keep(runs: readonly KeptRun[]): boolean {
    return this.#keep(runs) || this.#keep(runs.map(withoutChatter))
  }

  remove(runIds: readonly string[]): void {
    const work = (section: Section): void => {
      for (const runId of runIds) {
        section.change('delete from kept_runs where run_id = ?', [runId])
        section.change('delete from kept_lines where run_id = ?', [runId])
      }
      // Those of a damaged file whose runs could not be read.
      section.change('delete from kept_lines where not exists (select 1 from kept_runs)')
    }
    this.#store.run(keptRuns, work, undefined)
  }

  runIds(): string[] {
    const work = (section: Section): string[] =>
      section.all<{ runId: string }>('select run_id as "runId" from kept_runs order by seq').map(({ runId }) => runId)
    return this.#store.run(keptRuns, work, [])
  }

  load(runIds: readonly string[]): KeptRun[] {
    const { rows, lines } = this.#store.run(keptRuns, (section) => read(section, runIds), { rows: [], lines: [] })
    const damaged = rows.filter(({ document, checksum }) => crc32(document) !== checksum).map(({ runId }) => runId)
    if (damaged.length > 0) {
      this.#onDamage(`What was kept of runs ${damaged.join(', ')} is damaged and cannot be delivered.`)
      this.remove(damaged)
    }
    const linesOf = Map.groupBy(lines, ({ runId }) => runId)
    const sound = rows.filter(({ runId }) => !damaged.includes(runId))
    return sound.map((row) => keptRun(row, linesOf.get(row.runId) ?? []))
  }

  count(): number {
    return this.#store.run(keptRuns, countKept, 0)
  }

  #keep(runs: readonly KeptRun[]): boolean {
    const work = (section: Section): boolean => {
      for (const run of runs) keepRun(section, run)
      return true
    }
    return this.#store.run(keptRuns, work, false)
  }
}

/** How many runs that have ended wait in these tables. */
export function countKept(section: Section): number {
  const [row] = section.all<{ ended: number }>('select count(*) as ended from kept_runs where has_ended = 1')
  return row?.ended ?? 0
}

function withoutChatter({ record, ...run }: KeptRun): KeptRun {
  return { ...run, record: { ...record, lines: record.lines.filter(({ level }) => !chatter.includes(level)) } }
}

function keepRun(section: Section, { record, brandId, keptAt }: KeptRun): void {
  const { lines, ...rest } = record
  const { runId } = record
  const document = JSON.stringify(rest)
  section.change(
    `insert into kept_runs (run_id, has_ended, brand_id, kept_at, document, checksum) values (?, ?, ?, ?, ?, ?)
     on conflict (run_id) do update set has_ended = excluded.has_ended, kept_at = excluded.kept_at,
       document = excluded.document, checksum = excluded.checksum`,
    [runId, isEnd(record) ? 1 : 0, brandId, keptAt.getTime(), document, crc32(document)],
  )
  const [last] = section.all<{ seq: number | null }>('select max(seq) as seq from kept_lines where run_id = ?', [runId])
  for (const { seq, ageMs, level, stepKey, message } of lines) {
    if (seq <= (last?.seq ?? 0)) continue
    section.change(
      `insert into kept_lines (run_id, seq, logged_at, level, step_key, message, checksum)
       values (?, ?, ?, ?, ?, ?, ?)`,
      [runId, seq, keptAt.getTime() - ageMs, level, stepKey, message, crc32(message)],
    )
  }
}

function read(section: Section, runIds: readonly string[]): { rows: RunRow[]; lines: LineRow[] } {
  const wanted = [JSON.stringify(runIds)]
  const isWanted = 'run_id in (select value from json_each(?))'
  return {
    rows: section.all<RunRow>(`select ${runColumns} from kept_runs where ${isWanted} order by seq`, wanted),
    lines: section.all<LineRow>(`select ${lineColumns} from kept_lines where ${isWanted} order by run_id, seq`, wanted),
  }
}

function keptRun({ brandId, keptAt, document }: RunRow, lines: readonly LineRow[]): KeptRun {
  // The checksum says that this program wrote it, as the type that it gives it again.
  const rest = JSON.parse(document) as Omit<RunProgress | RunEnd, 'lines'>
  const sound = lines.filter(({ message, checksum }) => crc32(message) === checksum)
  const record = { ...rest, isFirstWrite: false, lines: sound.map((line) => lineRecord(line, keptAt)) }
  return { record, brandId, keptAt: new Date(keptAt) }
}

function lineRecord({ seq, loggedAt, level, stepKey, message }: LineRow, keptAt: number): LogRecord {
  return { seq, ageMs: keptAt - loggedAt, level, stepKey, message }
}
