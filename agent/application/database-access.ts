import { randomInt } from 'node:crypto'
import type { Clock } from '../../shared/clock.ts'
import { attemptDatabase } from '../connection/attempt.ts'
import { type Attempt, ConnectionSupervisor } from '../connection/supervisor.ts'
import type { Settings } from '../settings/definitions.ts'
import { DatabaseAway } from '../store/connection-gate.ts'
import type { DatabasePool } from '../store/database.ts'
import { DatabaseTrouble } from '../store/database-trouble.ts'
import { type MigrationFile, readMigrationFiles } from '../store/migration-files.ts'
import { type FoundDatabase, troubleWith } from '../store/reach-database.ts'
import { type Connection, type DatabaseSource, openSource, sharedPool } from './connect.ts'
import { doneIn, type Log } from './log.ts'
import { prepareSchema } from './prepare-schema.ts'
import { migrationsFolder } from './program.ts'

export interface DatabaseAccessOptions {
  readonly settings: Pick<Settings, 'databaseUrl' | 'dataDirectory'>
  readonly clock: Clock
  readonly log: Log
}

interface Opened {
  readonly source: DatabaseSource
  readonly pool: DatabasePool
  readonly intake: DatabasePool
  readonly migrations: readonly MigrationFile[]
}

/**
 * The database of an agent process, from before it is there: whoever needs it asks `database`, which fails at once while it is known to be
 * away, and `supervisor`, which knows why.
 */
export class DatabaseAccess {
  readonly supervisor: ConnectionSupervisor
  /** For people and for questions that read whole tables. The same object from the beginning to the end. */
  readonly database: DatabasePool
  /** For what other programs report; as `database` otherwise. */
  readonly intake: DatabasePool
  readonly #options: DatabaseAccessOptions
  readonly #began: number
  #opened: Opened | null = null
  #connection: Connection | null = null
  #isSchemaReady = false
  #stopping: Promise<void> | null = null

  constructor(options: DatabaseAccessOptions) {
    this.#options = options
    this.#began = options.clock.monotonic()
    this.supervisor = new ConnectionSupervisor({
      clock: options.clock,
      attempt: (signal) => this.#attempt(this.#requireOpened(), signal),
      describe: (error) => troubleWith(this.#requireOpened().source.url, error),
      random: () => randomInt(2 ** 32) / 2 ** 32,
    })
    this.database = this.#lasting('pool')
    this.intake = this.#lasting('intake')
  }

  /** @throws before it was opened. */
  get url(): string {
    return this.#requireOpened().source.url
  }

  /** Null until the database has answered once. */
  get connection(): Connection | null {
    return this.#connection
  }

  /** Starts the embedded server, where there is one, and then tries to connect. @throws Problem when that server does not start. */
  async start(): Promise<void> {
    const { settings, clock } = this.#options
    const migrations = await readMigrationFiles(migrationsFolder)
    const source = await openSource(settings, { clock, onLog: this.#tell })
    const options = { onLog: this.#tell, gate: this.supervisor.gate }
    const pool = sharedPool('console', source.url, options)
    const intake = sharedPool('intake', source.url, options)
    this.#opened = { source, pool, intake, migrations }
    this.supervisor.start()
  }

  /** Complete when it resolves; safe twice. To be called when a start has settled. */
  stop(): Promise<void> {
    return (this.#stopping ??= this.#stop())
  }

  async #stop(): Promise<void> {
    await this.supervisor.stop()
    await Promise.all([this.#opened?.pool.stop(), this.#opened?.intake.stop()])
    await this.#opened?.source.close()
  }

  async #attempt(opened: Opened, signal: AbortSignal): Promise<Attempt> {
    try {
      return await this.#attemptOnce(opened, signal)
    } catch (error) {
      const { revive } = opened.source
      const isGone = error instanceof DatabaseTrouble && error.trouble === 'refused'
      if (revive === null || !isGone || signal.aborted) throw error
      await revive()
      return this.#attemptOnce(opened, signal)
    }
  }

  async #attemptOnce({ source, migrations }: Opened, signal: AbortSignal): Promise<Attempt> {
    const began = this.#options.clock.monotonic()
    const migrate = (): Promise<void> => this.#migrate(source, began)
    const onFound = (found: FoundDatabase): void => this.#found(found)
    const outcome = await attemptDatabase({ url: source.url, migrations, migrate, onFound }, signal)
    if (outcome.limit === null) this.#tellSchema(0, began)
    return outcome
  }

  #found({ serverVersion }: FoundDatabase): void {
    const { source, pool } = this.#requireOpened()
    if (this.#connection !== null) return
    this.#connection = { ...source, database: pool, serverVersion, close: () => this.stop() }
    const kind = source.kind === 'embedded' ? 'embedded' : 'your own'
    this.#done('database_ready', `Database ready (${kind}, PostgreSQL ${serverVersion})`, this.#began)
  }

  async #migrate(source: DatabaseSource, began: number): Promise<void> {
    const { clock, log } = this.#options
    const onApplied = (name: string): void => log({ level: 'debug', event: 'migrated', message: `Applied ${name}` })
    const { applied } = await prepareSchema(source, { clock, onApplied })
    this.#tellSchema(applied.length, began)
  }

  /** Once; later tries find it as it is. */
  #tellSchema(applied: number, began: number): void {
    if (this.#isSchemaReady) return
    this.#isSchemaReady = true
    const counted = applied === 1 ? '1 migration' : `${applied} migrations`
    this.#done('schema_ready', applied === 0 ? 'Schema is current' : `Schema brought up to date, ${counted}`, began)
  }

  /** There from the beginning: fails until there is something to ask. */
  #lasting(which: 'pool' | 'intake'): DatabasePool {
    const pool = (): DatabasePool => {
      if (this.#opened === null) throw new DatabaseAway(this.supervisor.problem())
      return this.#opened[which]
    }
    return {
      query: async (statement, values) => pool().query(statement, values),
      transaction: async (work) => pool().transaction(work),
      stop: () => this.stop(),
    }
  }

  #requireOpened(): Opened {
    if (this.#opened === null) throw new Error('The database was asked for before it was opened.')
    return this.#opened
  }

  readonly #tell = (message: string): void => this.#options.log({ level: 'debug', event: 'database', message })

  #done(event: string, what: string, began: number): void {
    const { log, clock } = this.#options
    doneIn(log, clock.monotonic() - began, { event, what })
  }
}
