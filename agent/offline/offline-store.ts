/**
 * What this device keeps for itself: one SQLite file for each agent, for what Postgres cannot be told or asked while it is away.
 *
 * States: open ⇄ failing (an operation was refused: disk full, quota reached) → closed (the file cannot be used at all: locked, not
 * writable, newer) → open again, tried at most every ten seconds with the next operation.
 *
 * Promises: no operation throws because of the file, and none waits; one that fails returns what its caller gave for that case, and
 * the reason can be read from `report`. What is told, is told once. A damaged file is set aside, never repaired in place. A file
 * that a newer program wrote is not written to.
 */
import type BetterSqlite from 'better-sqlite3'
import type { Clock } from '../../shared/clock.ts'
import { describeError } from '../../shared/errors.ts'
import { Ballast } from './ballast.ts'
import { isDamage, isFull, isRefusal, loadDriver, type Sqlite, sqliteCode } from './driver.ts'
import { type StoreLayout, storeLayout } from './layout.ts'
import { type OpenedFile, openFile, rebuild } from './open-file.ts'
import { reasonOf } from './reason.ts'
import { Section } from './section.ts'
import { sizeOf } from './store-file.ts'
import type { Subject } from './subject.ts'

export interface OfflineStoreOptions {
  /** Of this agent alone; made when it is missing. */
  readonly folder: string
  /** In the order in which they give way when the quota is reached. */
  readonly subjects: readonly Subject[]
  readonly clock: Clock
  readonly onLog: (entry: { readonly level: 'info' | 'warn'; readonly message: string }) => void
  readonly limits?: Partial<StoreLimits>
}

export interface StoreLimits {
  readonly fileBytes: number
  readonly ballastBytes: number
}

export interface StoreReport {
  readonly file: string
  /** Of the file on the disk. */
  readonly bytes: number
  readonly limitBytes: number
  readonly isUsable: boolean
  /** Why it cannot be used, or what it refused last; null while all is well. A whole sentence. */
  readonly reason: string | null
  /** What was lost since the program started, and why; null when nothing was. A whole sentence. */
  readonly loss: string | null
}

const usualLimits: StoreLimits = { fileBytes: 64 * 1024 ** 2, ballastBytes: 4 * 1024 ** 2 }
const reopenMs = 10_000
/** Nothing was refused for this long: then the reason is forgotten. */
const calmMs = 60_000
/** Of giving up what can be spared, for one operation. */
const mostRounds = 20

/** Never rejects: a store that cannot be opened is one that says why. */
export async function openOfflineStore(options: OfflineStoreOptions): Promise<OfflineStore> {
  return new OfflineStore(options, await loadDriver().catch(describeError))
}

interface Open {
  readonly connection: BetterSqlite.Database
  readonly section: Section
}

export class OfflineStore {
  readonly #options: OfflineStoreOptions
  readonly #limits: StoreLimits
  readonly #layout: StoreLayout
  readonly #ballast: Ballast
  readonly #driver: Sqlite | null
  #open: Open | null = null
  #reason: string | null = null
  #loss: string | null = null
  #triedAt = Number.NEGATIVE_INFINITY
  #refusedAt = Number.NEGATIVE_INFINITY
  /** Of the connection, now. */
  #isDurable = false
  #closed = false

  /** `driver`: or why it could not be loaded. */
  constructor(options: OfflineStoreOptions, driver: Sqlite | string) {
    this.#options = options
    this.#limits = { ...usualLimits, ...options.limits }
    this.#layout = storeLayout(options.folder)
    this.#ballast = new Ballast(this.#layout, this.#limits.ballastBytes, options.clock)
    this.#driver = typeof driver === 'string' ? null : driver
    if (typeof driver === 'string') this.#tell(`The store on this device does not work on this machine: ${driver}`)
    this.#opened()
  }

  /**
   * Runs `work` on the tables in one transaction: all of it or nothing. Returns its result, or `otherwise` when the store cannot do it.
   * A few milliseconds; nothing in `work` may wait. @throws only what `work` itself throws.
   */
  run<Result, Fallback>(subject: Subject, work: (section: Section) => Result, otherwise: Fallback): Result | Fallback {
    for (let round = 0; ; round += 1) {
      const open = this.#opened()
      if (open === null) return otherwise
      try {
        this.#setDurable(open, subject.isDurable)
        const result = open.connection.transaction(() => work(open.section))()
        this.#worked()
        return result
      } catch (error) {
        if (sqliteCode(error) === null) throw error
        if (round < mostRounds && this.#mended(open, error, round)) continue
        this.#tell(reasonOf(error))
        return otherwise
      }
    }
  }

  get report(): StoreReport {
    const { file } = this.#layout
    return {
      file,
      bytes: sizeOf(this.#layout),
      limitBytes: this.#limits.fileBytes,
      isUsable: this.#open !== null,
      reason: this.#reason,
      loss: this.#loss,
    }
  }

  /** Lets go of the file. Safe twice; nothing is kept after it. */
  close(): void {
    this.#closed = true
    this.#letGo()
  }

  #opened(): Open | null {
    if (this.#open !== null || this.#driver === null || this.#closed) return this.#open
    const now = this.#options.clock.monotonic()
    if (now - this.#triedAt < reopenMs) return null
    this.#triedAt = now
    this.#openWith(openFile)
    return this.#open
  }

  #openWith(open: (ports: Parameters<typeof openFile>[0]) => OpenedFile): void {
    const { subjects, clock } = this.#options
    if (this.#driver === null) return
    const limitBytes = this.#limits.fileBytes
    try {
      const { connection, loss } = open({ driver: this.#driver, layout: this.#layout, subjects, clock, limitBytes })
      this.#open = { connection, section: new Section(connection) }
      this.#isDurable = false
      this.#recovered()
      if (loss !== null) this.#log('warn', loss)
      this.#loss = loss ?? this.#loss
      this.#ballast.layIn()
    } catch (error) {
      this.#tell(reasonOf(error))
    }
  }

  #setDurable({ connection }: Open, isDurable: boolean): void {
    if (this.#isDurable === isDurable) return
    connection.pragma(`synchronous = ${isDurable ? 'full' : 'normal'}`)
    this.#isDurable = isDurable
  }

  /** Whether it is worth another try. A new file that is damaged again is the disk's fault: it is tried again later. */
  #mended(open: Open, error: unknown, round: number): boolean {
    if (isFull(error)) return this.#ballast.release() || this.#shed(open)
    // A statement of ours that is wrong: nothing is the matter with the file.
    if (isRefusal(error)) return false
    this.#letGo()
    if (!isDamage(error) || round > 0) return false
    this.#openWith((ports) => rebuild(ports, describeError(error)))
    return this.#open !== null
  }

  #shed({ connection, section }: Open): boolean {
    try {
      return this.#options.subjects.some(({ shed }) => connection.transaction(() => shed?.(section) ?? false)())
    } catch {
      return false
    }
  }

  #letGo(): void {
    try {
      this.#open?.connection.close()
    } catch {
      // It is given up either way.
    }
    this.#open = null
  }

  #worked(): void {
    this.#ballast.layIn()
    // One that succeeds now and then does not mean that all is well.
    if (this.#reason !== null && this.#options.clock.monotonic() - this.#refusedAt > calmMs) this.#recovered()
  }

  #recovered(): void {
    if (this.#reason === null) return
    this.#reason = null
    this.#log('info', 'The store on this device works again.')
  }

  #tell(reason: string): void {
    this.#refusedAt = this.#options.clock.monotonic()
    if (this.#reason === reason) return
    this.#reason = reason
    this.#log('warn', reason)
  }

  #log(level: 'info' | 'warn', message: string): void {
    this.#options.onLog({ level, message: `${message} (${this.#layout.file})` })
  }
}
