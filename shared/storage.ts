/** What a table will weigh. Pure arithmetic on what the server estimates; nothing here is exact, and nothing needs to be. */

export interface TableFacts {
  readonly rows: number
  readonly bytes: number
  /** Null: it was not watched for long enough. */
  readonly rowsPerDay: number | null
  /** Null: its rows are kept for ever. */
  readonly keepDays: number | null
}

/**
 * Rows in so many days, when as many come each day as lately. Rows leave when they reach their age; how old those are that are there is
 * not known, so the number moves evenly from what it is to where it levels off, within one age. Null while the growth is not known.
 */
export function rowsIn(facts: TableFacts, days: number): number | null {
  const { rows, rowsPerDay, keepDays } = facts
  if (rowsPerDay === null) return null
  if (keepDays === null) return rows + rowsPerDay * days
  const level = rowsPerDay * keepDays
  // Growing, nothing that came lately is old enough to go; shrinking, the old ones go one age after the other.
  if (level >= rows) return Math.min(level, rows + rowsPerDay * days)
  return Math.max(level, rows - ((rows - level) * days) / keepDays)
}

/** Bytes in so many days. Freed room is used again but not given back, so a table never gets smaller. Null as above. */
export function bytesIn(facts: TableFacts, days: number): number | null {
  const rows = rowsIn(facts, days)
  return rows === null ? null : bytesOf(facts, rows)
}

/** Where the size levels off at this pace; null when it never does, or while the growth is not known. */
export function levelsOffAt(facts: TableFacts): number | null {
  const { rowsPerDay, keepDays } = facts
  if (rowsPerDay === null) return null
  if (keepDays === null) return rowsPerDay > 0 ? null : facts.bytes
  return bytesOf(facts, rowsPerDay * keepDays)
}

function bytesOf({ rows, bytes }: TableFacts, wanted: number): number {
  return rows > 0 ? Math.round(bytes * Math.max(1, wanted / rows)) : bytes
}

/** Days that a row is kept on average, where some are kept longer than others; `share` of those kept `first` days, 0 to 1. */
export function meanAge(first: number, others: number, share: number): number {
  return first * share + others * (1 - share)
}

const units = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB']

/** "512 bytes", "8.2 kB", "1.4 GB": powers of 1,000, two digits at least. */
export function formatBytes(bytes: number): string {
  let unit = 0
  let size = bytes
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1_000
    unit += 1
  }
  const digits = unit === 0 || size >= 9.95 ? 0 : 1
  return `${size.toFixed(digits)} ${units[unit]}`
}
