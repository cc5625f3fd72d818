import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Clock } from '../../shared/clock.ts'
import { companions, type StoreLayout } from './layout.ts'

/** What lies there before it is opened. `emptied`: it was made once, and now it is missing or has no content. */
export type FileCondition =
  | { readonly kind: 'new' | 'emptied' | 'damaged' }
  | { readonly kind: 'present'; readonly version: number }

const magic = 'SQLite format 3\0'
/** Of the file's header: the program's version of it (big-endian). https://sqlite.org/fileformat.html#the_database_header */
const header = { bytes: 100, userVersion: 60 }
/** Damaged files are kept for a person to look at, but not for ever. */
const keptAside = 2

/** Makes the folder when it is missing. @throws what the file system says. */
export function inspectFile({ folder, file, marker }: StoreLayout): FileCondition {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0
  if (size === 0) return { kind: existsSync(marker) ? 'emptied' : 'new' }
  const bytes = readHeader(file)
  if (bytes === null || bytes.toString('latin1', 0, magic.length) !== magic) return { kind: 'damaged' }
  return { kind: 'present', version: bytes.readUInt32BE(header.userVersion) }
}

function readHeader(file: string): Buffer | null {
  const descriptor = openSync(file, 'r')
  try {
    const bytes = Buffer.alloc(header.bytes)
    return readSync(descriptor, bytes, 0, header.bytes, 0) === header.bytes ? bytes : null
  } finally {
    closeSync(descriptor)
  }
}

/** Only its owner reads it: it holds logs and names. SQLite gives the same mode to what it keeps beside it. */
export function makePrivate({ file }: StoreLayout): void {
  closeSync(openSync(file, 'a', 0o600))
  if ((statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600)
}

/** Never throws: without it nothing worse happens than that a loss is taken for a first start. */
export function markCreated({ marker }: StoreLayout, clock: Clock): void {
  try {
    if (!existsSync(marker)) writeFileSync(marker, `${clock.now().toISOString()}\n`, { mode: 0o600 })
  } catch {
    // The disk is full, or the folder read-only: the store itself says so.
  }
}

/** Moves a damaged file out of the way, with what belongs to it, and forgets the oldest ones. Returns its new path. */
export function setAside({ file }: StoreLayout, clock: Clock): string {
  const aside = `${file}.corrupt-${clock.now().toISOString().replaceAll(':', '-')}`
  renameSync(file, aside)
  for (const suffix of companions) {
    if (existsSync(file + suffix)) renameSync(file + suffix, aside + suffix)
  }
  for (const older of asideOf(file).slice(0, -keptAside)) {
    for (const suffix of ['', ...companions]) rmSync(older + suffix, { force: true })
  }
  return aside
}

/** Oldest first: the names hold the time. */
function asideOf(file: string): string[] {
  const start = `${basename(file)}.corrupt-`
  return readdirSync(dirname(file))
    .filter((name) => name.startsWith(start) && !companions.some((suffix) => name.endsWith(suffix)))
    .toSorted()
    .map((name) => join(dirname(file), name))
}

/** Leftovers of a file that is gone would be taken for those of the new one. */
export function removeCompanions({ file }: StoreLayout): void {
  for (const suffix of companions) rmSync(file + suffix, { force: true })
}

/** Bytes on the disk, with what is not merged yet. 0 when there is none, or it cannot be looked at. Never throws. */
export function sizeOf({ file }: StoreLayout): number {
  return sizeOfFile(file) + sizeOfFile(`${file}-wal`)
}

function sizeOfFile(path: string): number {
  try {
    return statSync(path, { throwIfNoEntry: false })?.size ?? 0
  } catch {
    return 0
  }
}
