import { Buffer } from 'node:buffer'
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs'
import { describeError, Problem } from '../../../shared/errors.ts'

const maximumBytes = 1024 * 1024

/** Reads a file that decides what runs on this machine; the text is UTF-8. */
export type ReadCatalogFile = (path: string) => string

/**
 * Text of a catalog file that only its owner can change. The check and the read use one open file, so that it cannot be
 * exchanged in between.
 * @throws Problem `invalid_configuration` when it is missing, not a file, too large, not UTF-8, or when others could change it.
 */
export const readCatalogFile: ReadCatalogFile = (path) => {
  const file = openChecked(path)
  try {
    return decoded(readAll(file, path), path)
  } finally {
    closeSync(file)
  }
}

function openChecked(path: string): number {
  const file = open(path)
  try {
    const stats = fstatSync(file)
    if (!stats.isFile()) throw fileProblem(path, 'is not a file', 'Name a YAML file.')
    refuseForeignWriters(path, stats, process.geteuid?.())
    return file
  } catch (error) {
    closeSync(file)
    throw error
  }
}

function open(path: string): number {
  try {
    // Without O_NONBLOCK, opening a named pipe would wait for ever. Windows does not know it.
    return openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  } catch (error) {
    const fix = 'Check the path given by --config or PIPELINE_MANAGER_CONFIG, and that this user may read it.'
    throw fileProblem(path, `cannot be read: ${describeError(error)}`, fix, error)
  }
}

/** @param user effective user id; undefined on Windows, where the folder's access list protects the file. */
export function refuseForeignWriters(path: string, stats: Pick<Stats, 'uid' | 'mode'>, user: number | undefined): void {
  if (user === undefined) return
  if (stats.uid !== user && stats.uid !== 0) {
    throw fileProblem(path, `belongs to another user (id ${stats.uid})`, `Run: chown ${user} ${quoted(path)}`)
  }
  if ((stats.mode & 0o022) === 0) return
  const who = (stats.mode & 0o002) === 0 ? 'its group' : 'everybody'
  const message = `can be changed by ${who}, and it decides what runs on this machine`
  throw fileProblem(path, message, `Run: chmod go-w ${quoted(path)}`)
}

function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`
}

function readAll(file: number, path: string): Buffer {
  const buffer = Buffer.alloc(maximumBytes + 1)
  let length = 0
  for (let read = -1; read !== 0 && length < buffer.length; length += read) {
    read = readSync(file, buffer, length, buffer.length - length, null)
  }
  if (length > maximumBytes) throw fileProblem(path, `is larger than ${maximumBytes} bytes`, 'Make it smaller.')
  return buffer.subarray(0, length)
}

function decoded(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw fileProblem(path, 'is not UTF-8 text', 'Save it as UTF-8.', error)
  }
}

function fileProblem(path: string, message: string, fix: string, cause?: unknown): Problem {
  return new Problem('invalid_configuration', `The catalog file ${path} ${message}. ${fix}`, {
    field: 'config',
    value: path,
    fix,
    cause,
  })
}
