import { z } from 'zod'
import { bytesIn, levelsOffAt, meanAge, type TableFacts } from '../../shared/storage.ts'
import { isStoredTable, storedTableNames, storedTables } from '../../shared/stored-tables.ts'
import type { Storage } from '../connectors/storage/storage.ts'
import type { Database } from '../store/database.ts'
import { type KeepDays, listSweeps, type RecordedSweep } from '../store/housekeeping/sweeps.ts'
import { type Leader, readLeader } from '../store/leadership.ts'
import { readServerFacts } from '../store/server-facts.ts'
import { listTableGrowth, listTableSizes, runStatusShares, type TableSize } from '../store/table-sizes.ts'

export interface TableReport extends Omit<TableSize, 'inserted'> {
  readonly label: string
  readonly bytes: number
  /** Lately; null until the table was watched for an hour. */
  readonly rowsPerDay: number | null
  /** On average, where rows of one table have different ages; null: for ever, or not known before the first sweep. */
  readonly keepDays: number | null
  readonly bytesIn30Days: number | null
  readonly bytesIn90Days: number | null
  /** Null: it never does, or nobody knows yet. */
  readonly levelsOffAtBytes: number | null
}

export interface StorageReport {
  readonly databaseBytes: number
  /** Of all tables below, together; null as there. */
  readonly bytes: number
  readonly bytesIn30Days: number | null
  readonly bytesIn90Days: number | null
  readonly tables: TableReport[]
  /** The ages of the last sweep; null before the first one. */
  readonly keepDays: KeepDays | null
  /** The last one, and the last ones that removed something or failed; the newest first. */
  readonly sweeps: RecordedSweep[]
  readonly leader: Leader | null
}

/** Growth is what came within so many days, once it was watched for so many seconds. */
const lately = { days: 7, leastSeconds: 3_600 }
const mostSweeps = 10

/** How large the tables are, how fast they grow and where that ends. Estimates only: it takes as long at a million runs as at ten. */
export async function readStorage(database: Database): Promise<StorageReport> {
  const [facts, sizes, growth, shares, sweeps, leader] = await Promise.all([
    readServerFacts(database),
    listTableSizes(database, storedTableNames),
    listTableGrowth(database, { tables: storedTableNames, ...lately }),
    runStatusShares(database),
    listSweeps(database, mostSweeps),
    readLeader(database),
  ])
  const keepDays = keepDaysSchema.safeParse(sweeps[0]?.keepDays).data ?? null
  const perDay = new Map(growth.map(({ table, rowsPerDay }) => [table, rowsPerDay]))
  const completedShare = shares.get('completed') ?? 1
  const tables = sizes.map((size) => {
    const age = keepDays && ageOf(size.table, keepDays, completedShare)
    return reportOf(size, perDay.get(size.table) ?? null, age)
  })
  const isWatched = tables.some(({ rowsPerDay }) => rowsPerDay !== null)
  const total = (of: (table: TableReport) => number | null): number =>
    tables.reduce((sum, table) => sum + (of(table) ?? table.bytes), 0)
  return {
    databaseBytes: facts.databaseBytes,
    bytes: total(({ bytes }) => bytes),
    bytesIn30Days: isWatched ? total(({ bytesIn30Days }) => bytesIn30Days) : null,
    bytesIn90Days: isWatched ? total(({ bytesIn90Days }) => bytesIn90Days) : null,
    tables,
    keepDays,
    sweeps,
    leader,
  }
}

const days = z.int().min(1)
/** As some version of this program wrote it. */
const keepDaysSchema: z.ZodType<KeepDays> = z.object({
  logs: days,
  successfulRuns: days,
  failedRuns: days,
  history: days,
  incidents: days,
})

function ageOf(table: string, keep: KeepDays, completedShare: number): number | null {
  const age = isStoredTable(table) ? storedTables[table].age : null
  if (age === null || typeof age === 'number') return age
  return age === 'runs' ? meanAge(keep.successfulRuns, keep.failedRuns, completedShare) : keep[age]
}

function reportOf(size: TableSize, rowsPerDay: number | null, keepDays: number | null): TableReport {
  const { table, rows, heapBytes, indexBytes, toastBytes } = size
  const bytes = heapBytes + indexBytes + toastBytes
  const facts: TableFacts = { rows, bytes, rowsPerDay, keepDays }
  return {
    table,
    label: isStoredTable(table) ? storedTables[table].label : table,
    rows,
    heapBytes,
    indexBytes,
    toastBytes,
    bytes,
    rowsPerDay,
    keepDays,
    bytesIn30Days: bytesIn(facts, 30),
    bytesIn90Days: bytesIn(facts, 90),
    levelsOffAtBytes: levelsOffAt(facts),
  }
}

/** What this device keeps beside the database; null when its folder cannot be read. */
export async function sizeOfFiles(storage: Pick<Storage, 'list'>): Promise<{ count: number; bytes: number } | null> {
  const total = { count: 0, bytes: 0 }
  try {
    for await (const { bytes } of storage.list()) {
      total.count += 1
      total.bytes += bytes
    }
  } catch {
    return null
  }
  return total
}
