import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Problem } from '../../../shared/errors.ts'
import { announce, livingNames, type Presence } from '../../store/embedded/presence.ts'
import type { Incoming, ListedFile, Storage, StoredFile } from './storage.ts'

/** Where downloaded files are kept unless told. */
export function filesFolder(dataDirectory: string): string {
  return join(dataDirectory, 'files')
}

const keyPattern = /^[0-9a-f]{64}\.[a-z0-9]{1,8}$/

/**
 * A folder: `files/ab/abcd….mp4` for what is whole, `incoming/` for what is not, `owner` once somebody has taken it. A file appears by a rename on the same
 * disk, so it is there whole or not at all. Processes that share the folder do not get into each other's way.
 */
export class LocalStorage implements Storage {
  readonly #folder: string

  /** Absolute; made when it is first needed. */
  constructor(folder: string) {
    this.#folder = folder
  }

  async receive(name: string, work: (incoming: Incoming) => Promise<string>): Promise<StoredFile> {
    const place = this.#placeOf(name)
    return alone(place, name, async () => {
      const file = await PartialFile.open(place)
      let extension: string
      try {
        extension = await work(file)
      } catch (error) {
        await file.close()
        if (file.version === null) await file.discard()
        throw error
      }
      return this.#keep(file, extension)
    })
  }

  async stat(key: string): Promise<{ bytes: number; changedAt: Date } | null> {
    const found = await stat(this.#pathOf(key)).catch(ifMissing)
    if (found === null) return null
    // The rename that brings a file here leaves the time of its content alone, which may have come long before.
    return { bytes: found.size, changedAt: new Date(Math.max(found.mtimeMs, found.ctimeMs)) }
  }

  async *read(key: string): AsyncIterable<Uint8Array> {
    const path = this.#pathOf(key)
    if ((await stat(path).catch(ifMissing)) === null) throw new Problem('not_found', `There is no file ${key}.`)
    for await (const part of createReadStream(path)) yield part as Buffer
  }

  async remove(key: string): Promise<boolean> {
    const removed = await rm(this.#pathOf(key)).then(() => true, ifMissing)
    return removed ?? false
  }

  async *list(): AsyncIterable<ListedFile> {
    const folder = join(this.#folder, 'files')
    for (const part of (await readdir(folder).catch(ifMissing)) ?? []) {
      for (const key of (await readdir(join(folder, part)).catch(ifMissing)) ?? []) {
        if (!keyPattern.test(key)) continue
        const found = await this.stat(key)
        if (found !== null) yield { key, ...found }
      }
    }
  }

  async isOf(owner: string, takes: boolean): Promise<boolean> {
    const path = join(this.#folder, 'owner')
    const known = await readFile(path, 'utf8').catch(ifMissing)
    if (known !== null || !takes) return known === owner
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    await writeFile(path, owner, { mode: 0o600 })
    return true
  }

  async #keep(file: PartialFile, extension: string): Promise<StoredFile> {
    const { sha256, received: bytes } = await file.finish()
    const key = `${sha256}.${extension}`
    const path = this.#pathOf(key)
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await file.moveTo(path)
    return { key, sha256, bytes }
  }

  #pathOf(key: string): string {
    if (!keyPattern.test(key)) throw new Problem('invalid_input', `"${key}" is not the key of a file.`, { value: key })
    return join(this.#folder, 'files', key.slice(0, 2), key)
  }

  /** A name may hold anything. */
  #placeOf(name: string): string {
    return join(this.#folder, 'incoming', createHash('sha256').update(name).digest('hex'))
  }
}

/** Runs the work unless somebody else, here or in another process, works at the same place. */
async function alone<Result>(place: string, name: string, work: () => Promise<Result>): Promise<Result> {
  const folder = `${place}.users`
  const presence = await announcedIn(folder)
  try {
    const others = (await livingNames(folder)).filter((other) => other !== presence.name)
    if (others.length > 0) throw new Problem('conflict', `${name} is being received already.`, { value: name })
    return await work()
  } finally {
    await presence.withdraw()
    // Stays when somebody else has come meanwhile.
    await rmdir(folder).catch(() => undefined)
  }
}

/** Somebody who leaves may remove the folder between its making and its use; then it is made again. */
async function announcedIn(folder: string): Promise<Presence> {
  for (let tries = 1; ; tries += 1) {
    const presence = await announce(folder).catch(ifMissing)
    if (presence !== null) return presence
    if (tries === 10) throw new Problem('unavailable', `The folder ${folder} cannot be used.`, { value: folder })
  }
}

/** What has been received of a file, and beside it which version that is. The hash is made as bytes come. */
class PartialFile implements Incoming {
  readonly #path: string
  readonly #handle: FileHandle
  #hash: Hash
  received: number
  version: string | null

  static async open(path: string): Promise<PartialFile> {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const version = await readFile(`${path}.version`, 'utf8').catch(ifMissing)
    if (version === null) await rm(path, { force: true })
    const handle = await open(path, 'a+', 0o600)
    const { size } = await handle.stat()
    const hash = createHash('sha256')
    if (size > 0) for await (const part of createReadStream(path)) hash.update(part as Buffer)
    return new PartialFile(path, handle, hash, size, size > 0 ? version : null)
  }

  private constructor(path: string, handle: FileHandle, hash: Hash, received: number, version: string | null) {
    this.#path = path
    this.#handle = handle
    this.#hash = hash
    this.received = received
    this.version = version
  }

  async begin(version: string | null): Promise<void> {
    await rm(`${this.#path}.version`, { force: true })
    await this.#handle.truncate(0)
    if (version !== null) await writeFile(`${this.#path}.version`, version, { mode: 0o600 })
    this.#hash = createHash('sha256')
    this.received = 0
    this.version = version
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#handle.appendFile(bytes)
    this.#hash.update(bytes)
    this.received += bytes.length
  }

  async head(bytes: number): Promise<Buffer> {
    const { buffer, bytesRead } = await this.#handle.read(Buffer.alloc(bytes), 0, bytes, 0)
    return buffer.subarray(0, bytesRead)
  }

  async finish(): Promise<{ sha256: string; received: number }> {
    await this.#handle.sync()
    await this.#handle.close()
    return { sha256: this.#hash.digest('hex'), received: this.received }
  }

  async moveTo(path: string): Promise<void> {
    await rename(this.#path, path)
    await rm(`${this.#path}.version`, { force: true })
  }

  close(): Promise<void> {
    return this.#handle.close()
  }

  async discard(): Promise<void> {
    await this.#handle.close().catch(() => undefined)
    await rm(this.#path, { force: true })
    await rm(`${this.#path}.version`, { force: true })
  }
}

function ifMissing(error: unknown): null {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
  throw error
}
