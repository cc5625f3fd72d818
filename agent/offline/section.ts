import type Sqlite from 'better-sqlite3'

export type SqlValue = string | number | null

/**
 * The tables of the store inside one transaction; valid only until the work that it was handed to returns. Statements are prepared
 * once per connection.
 */
export class Section {
  readonly #connection: Sqlite.Database
  readonly #statements = new Map<string, Sqlite.Statement<SqlValue[]>>()

  constructor(connection: Sqlite.Database) {
    this.#connection = connection
  }

  /** The columns of the statement are those of Row. */
  all<Row extends object>(sql: string, values: readonly SqlValue[] = []): Row[] {
    return this.#prepared<Row>(sql).all(...values)
  }

  /** How many rows it changed. */
  change(sql: string, values: readonly SqlValue[] = []): number {
    return this.#prepared(sql).run(...values).changes
  }

  #prepared<Row>(sql: string): Sqlite.Statement<SqlValue[], Row> {
    let statement = this.#statements.get(sql)
    if (statement === undefined) this.#statements.set(sql, (statement = this.#connection.prepare(sql)))
    // Whoever wrote the statement knows its columns, as in agent/store/.
    return statement as Sqlite.Statement<SqlValue[], Row>
  }
}
