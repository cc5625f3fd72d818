import { basename } from 'node:path'
import type BetterSqlite from 'better-sqlite3'
import type { Clock } from '../../shared/clock.ts'
import { describeError } from '../../shared/errors.ts'
import { isDamage, type Sqlite } from './driver.ts'
import type { StoreLayout } from './layout.ts'
import { salvage } from './salvage.ts'
import { ForeignFile, NewerStore, prepareSchema, versionOf } from './schema.ts'
import { inspectFile, makePrivate, markCreated, removeCompanions, setAside } from './store-file.ts'
import type { Subject } from './subject.ts'

export interface FilePorts {
  readonly driver: Sqlite
  readonly layout: StoreLayout
  readonly subjects: readonly Subject[]
  readonly clock: Clock
  /** Most that the file may hold. */
  readonly limitBytes: number
}

export interface OpenedFile {
  readonly connection: BetterSqlite.Database
  /** What was lost and what became of it, for the log and the console; null when nothing was. */
  readonly loss: string | null
}

const pageBytes = 4_096
/** Nobody else uses the file; whoever does may have it for a moment. */
const busyMs = 100

/** SQLite itself says so, or its check does: the content cannot be relied on. */
export class DamagedStore extends Error {}

/**
 * Opens the file for this process alone, whole and with the tables of all subjects. One that is damaged is set aside and begun anew
 * with what could be read of it; one that a newer program wrote is not touched.
 * @throws NewerStore; whatever SQLite and the file system say when it cannot be used.
 */
export function openFile(ports: FilePorts): OpenedFile {
  const { layout, subjects, clock } = ports
  const condition = inspectFile(layout)
  if (condition.kind === 'damaged') return rebuild(ports, 'its header is not that of a database')
  if (condition.kind !== 'present') {
    removeCompanions(layout)
    const connection = connect(ports)
    markCreated(layout, clock)
    const loss = 'The store on this device was empty or missing and has been begun anew; what waited in it is lost.'
    return { connection, loss: condition.kind === 'emptied' ? loss : null }
  }
  // Read from the bytes, so that not even the opening changes anything.
  const known = versionOf(subjects)
  if (condition.version > known) throw new NewerStore(`version ${condition.version}, and this program knows ${known}`)
  try {
    return { connection: connect(ports), loss: null }
  } catch (error) {
    if (isDamage(error) || error instanceof DamagedStore || error instanceof ForeignFile)
      return rebuild(ports, describeError(error))
    throw error
  }
}

/** Sets the file aside and begins a new one with what is precious in the old. */
export function rebuild(ports: FilePorts, reason: string): OpenedFile {
  const { driver, layout, subjects, clock } = ports
  const aside = setAside(layout, clock)
  const connection = connect(ports)
  markCreated(layout, clock)
  const carried = salvage(driver, aside, connection, subjects)
  const kept = carried === 0 ? '' : ` ${carried} of its entries could be carried over.`
  const loss = `The store on this device was damaged (${reason}) and has been begun anew; the old file is kept as ${basename(aside)}.${kept}`
  return { connection, loss }
}

function connect({ driver, layout, subjects, limitBytes }: FilePorts): BetterSqlite.Database {
  makePrivate(layout)
  const connection = new driver(layout.file, { timeout: busyMs })
  try {
    // One writer: nobody else can even read until this connection ends, or its process.
    connection.pragma('locking_mode = exclusive')
    connection.pragma('journal_mode = wal')
    check(connection)
    prepareSchema(connection, subjects)
    connection.pragma(`max_page_count = ${Math.max(1, Math.floor(limitBytes / pageBytes))}`)
    connection.pragma('journal_size_limit = 4194304')
    // Pages in memory, in KiB: the store is small, and an agent counts its megabytes.
    connection.pragma('cache_size = -1024')
    connection.pragma('synchronous = normal')
    return connection
  } catch (error) {
    connection.close()
    throw error
  }
}

/** A query that works proves nothing: with garbage in the middle of the file a count still comes out right. */
function check(connection: BetterSqlite.Database): void {
  const finding = connection.pragma('quick_check(1)', { simple: true })
  if (finding !== 'ok') throw new DamagedStore(String(finding).replaceAll(/\s+/g, ' '))
}
