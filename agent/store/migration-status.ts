import type { MigrationFile } from './migration-files.ts'
import type { MigrationRecord } from './migration-records.ts'

/**
 * - `current`: everything is applied;
 * - `older`: files are pending;
 * - `newer`: the database was changed by a program that has files we do not have; read-only for us;
 * - `edited`: a file is not what was applied; nobody can say what the schema is.
 */
export type SchemaState = 'current' | 'older' | 'newer' | 'edited'

export interface MigrationStatus {
  readonly state: SchemaState
  readonly applied: readonly MigrationRecord[]
  /** Names of files not applied yet, in order. */
  readonly pending: readonly string[]
  /** Names of files whose contents differ from what was applied. */
  readonly edited: readonly string[]
  /** Applied, but not among our files. */
  readonly unknownNewer: readonly MigrationRecord[]
}

export function compareMigrations(
  files: readonly MigrationFile[],
  applied: readonly MigrationRecord[],
): MigrationStatus {
  const fileOf = new Map(files.map((file) => [file.name, file]))
  const recordOf = new Map(applied.map((record) => [record.name, record]))
  const pending = files.filter((file) => !recordOf.has(file.name)).map((file) => file.name)
  const unknownNewer = applied.filter((record) => !fileOf.has(record.name))
  const edited = applied.filter((record) => isEdited(record, fileOf.get(record.name))).map((record) => record.name)
  return { state: stateOf(pending, edited, unknownNewer), applied, pending, edited, unknownNewer }
}

function isEdited(record: MigrationRecord, file: MigrationFile | undefined): boolean {
  return file !== undefined && file.checksum !== record.checksum
}

function stateOf(
  pending: readonly unknown[],
  edited: readonly unknown[],
  unknownNewer: readonly unknown[],
): SchemaState {
  if (edited.length > 0) return 'edited'
  if (unknownNewer.length > 0) return 'newer'
  return pending.length > 0 ? 'older' : 'current'
}
