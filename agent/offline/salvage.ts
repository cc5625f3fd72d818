import type Sqlite from 'better-sqlite3'
import type { Sqlite as Driver } from './driver.ts'
import type { Subject } from './subject.ts'

/**
 * Carries the rows of precious tables over from a damaged file, as far as they can be read: from the front up to the damage, and
 * from the back. Returns how many; never throws. What a row says is checked by whoever reads it.
 */
export function salvage(driver: Driver, aside: string, target: Sqlite.Database, subjects: readonly Subject[]): number {
  let source: Sqlite.Database
  try {
    source = new driver(aside, { readonly: true, fileMustExist: true, timeout: 0 })
  } catch {
    return 0
  }
  try {
    return target.transaction(() => {
      const tables = subjects.flatMap(({ precious }) => precious)
      return tables.reduce((sum, table) => sum + carryOver(source, target, table), 0)
    })()
  } catch {
    // The new file cannot take them.
    return 0
  } finally {
    source.close()
  }
}

function carryOver(source: Sqlite.Database, target: Sqlite.Database, table: string): number {
  const columns = target.prepare<[string], { name: string }>('select name from pragma_table_info(?)').all(table)
  const names = columns.map(({ name }) => name).join(', ')
  const insert = target.prepare<unknown[], never>(
    `insert or ignore into ${table} (${names}) values (${columns.map(() => '?').join(', ')})`,
  )
  let carried = 0
  for (const order of ['asc', 'desc']) {
    try {
      const rows = source.prepare<[], unknown[]>(`select ${names} from ${table} order by rowid ${order}`).raw()
      for (const row of rows.iterate()) carried += insert.run(...row).changes
    } catch {
      // The damage: what lies behind it may be reached from the other side.
    }
  }
  return carried
}
