import type Sqlite from 'better-sqlite3'
import type { Subject } from './subject.ts'

/** "PMof": this is a store of ours, and not some other SQLite file. */
export const applicationId = 0x50_4d_6f_66

/** Steps are only ever appended, so the sum grows with every version of the program that changes the store. */
export function versionOf(subjects: readonly Subject[]): number {
  return subjects.reduce((sum, { steps }) => sum + steps.length, 0)
}

/** Written by a newer version of this program: it may hold what we would not understand, so it is left alone. */
export class NewerStore extends Error {}

/** A SQLite file of another program. */
export class ForeignFile extends Error {}

/**
 * Brings the tables of all subjects up to date, in one transaction.
 * @throws NewerStore, ForeignFile, before anything is written.
 */
export function prepareSchema(connection: Sqlite.Database, subjects: readonly Subject[]): void {
  const version = versionOf(subjects)
  const found = Number(connection.pragma('user_version', { simple: true }))
  refuseForeign(connection, found)
  if (found > version) throw new NewerStore(`version ${found}, and this program knows ${version}`)
  const done = appliedSteps(connection)
  for (const [name, steps] of done) {
    const known = subjects.find((subject) => subject.name === name)?.steps.length ?? 0
    if (steps > known) throw new NewerStore(`step ${steps} of ${name}, and this program knows ${known}`)
  }
  if (found === version) return
  connection.transaction(() => {
    connection.exec('create table if not exists subjects (name text primary key, steps integer not null) strict')
    for (const { name, steps } of subjects) {
      for (const step of steps.slice(done.get(name) ?? 0)) connection.exec(step)
      connection.prepare('insert or replace into subjects (name, steps) values (?, ?)').run(name, steps.length)
    }
    connection.pragma(`application_id = ${applicationId}`)
    connection.pragma(`user_version = ${version}`)
  })()
  // The version is read from the file itself before it is opened the next time.
  connection.pragma('wal_checkpoint(truncate)')
}

function refuseForeign(connection: Sqlite.Database, version: number): void {
  const id = Number(connection.pragma('application_id', { simple: true }))
  if (id === applicationId) return
  const tables = connection.prepare('select 1 from sqlite_schema limit 1').get()
  if (id !== 0 || version !== 0 || tables !== undefined) throw new ForeignFile('it belongs to another program')
}

function appliedSteps(connection: Sqlite.Database): Map<string, number> {
  const exists = connection.prepare("select 1 from sqlite_schema where name = 'subjects'").get()
  if (exists === undefined) return new Map()
  const rows = connection.prepare<[], { name: string; steps: number }>('select name, steps from subjects').all()
  return new Map(rows.map(({ name, steps }) => [name, steps]))
}
