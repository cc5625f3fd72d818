import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describeError, Problem } from '../../shared/errors.ts'

export interface MigrationFile {
  /** File name; files are applied in the order of their names. */
  readonly name: string
  readonly text: string
  /** SHA-256 in hex of the text with \n line ends, so that a checkout on Windows has the same. */
  readonly checksum: string
}

/** The .sql files of the folder in name order. Throws Problem `unavailable` when the folder cannot be read or has none. */
export async function readMigrationFiles(directory: string): Promise<MigrationFile[]> {
  try {
    const names = (await readdir(directory)).filter((name) => name.endsWith('.sql')).toSorted()
    if (names.length === 0) throw new Error('it holds no .sql file')
    return await Promise.all(names.map((name) => readMigrationFile(directory, name)))
  } catch (error) {
    throw new Problem('unavailable', `The migrations in ${directory} cannot be read: ${describeError(error)}`, {
      value: directory,
      fix: 'Install the program again; its migrations folder is missing or damaged.',
      cause: error,
    })
  }
}

async function readMigrationFile(directory: string, name: string): Promise<MigrationFile> {
  const text = (await readFile(join(directory, name), 'utf8')).replace(/^\uFEFF/, '').replaceAll('\r\n', '\n')
  return { name, text, checksum: createHash('sha256').update(text).digest('hex') }
}
