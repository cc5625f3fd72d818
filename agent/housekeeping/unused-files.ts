import type { Clock } from '../../shared/clock.ts'
import { describeError } from '../../shared/errors.ts'
import { formatBytes } from '../../shared/storage.ts'
import type { ListedFile, Storage } from '../connectors/storage/storage.ts'
import type { Database } from '../store/database.ts'
import { databaseMark } from '../store/database-mark.ts'
import { namedFiles } from '../store/meta-ad-assets.ts'

export interface UnusedFilesSettings {
  readonly database: Database
  /** Of this device: every agent sweeps its own. */
  readonly storage: Storage
  readonly clock: Clock
  readonly onSwept: (message: string) => void
  readonly onTrouble: (message: string) => void
}

const settleMs = 600_000
const everyMs = 86_400_000
/** A file is there before the row that names it. ms */
const leastAgeMs = 86_400_000
/** So many are looked up at once. */
const together = 1_000

/**
 * Once a day removes the files of this device that no row names: replaced content, brands that are gone. Nothing younger than a day goes, and
 * nothing of a folder that belongs to another database, as after a try with a second one.
 */
export class UnusedFiles {
  readonly #settings: UnusedFilesSettings
  #timer: NodeJS.Timeout | null = null
  #stopped = new AbortController()
  #sweeping: Promise<void> = Promise.resolve()

  constructor(settings: UnusedFilesSettings) {
    this.#settings = settings
  }

  start(): void {
    if (this.#timer === null && !this.#stopped.signal.aborted) this.#arm(settleMs)
  }

  /** Complete when it resolves. Safe twice, safe before start. */
  async stop(): Promise<void> {
    this.#stopped.abort()
    if (this.#timer !== null) clearTimeout(this.#timer)
    await this.#sweeping
  }

  #arm(ms: number): void {
    this.#timer = setTimeout(() => {
      this.#sweeping = this.#sweep()
    }, ms)
  }

  async #sweep(): Promise<void> {
    const { onSwept, onTrouble } = this.#settings
    try {
      const { files, bytes } = await removeUnusedFiles(this.#settings, this.#stopped.signal)
      if (files > 0)
        onSwept(`Removed ${files.toLocaleString('en-US')} files that nothing names: ${formatBytes(bytes)}.`)
    } catch (error) {
      onTrouble(`Files that nothing names could not be removed: ${describeError(error)}`)
    }
    if (!this.#stopped.signal.aborted) this.#arm(everyMs)
  }
}

/** Returns what went. */
export async function removeUnusedFiles(
  { database, storage, clock }: Pick<UnusedFilesSettings, 'database' | 'storage' | 'clock'>,
  signal?: AbortSignal,
): Promise<{ files: number; bytes: number }> {
  const before = clock.now().getTime() - leastAgeMs
  const isOld = ({ changedAt }: Pick<ListedFile, 'changedAt'>): boolean => changedAt.getTime() <= before
  const unused: string[] = []
  let named = 0
  for await (const batch of batches(storage.list())) {
    if (signal?.aborted === true) return { files: 0, bytes: 0 }
    const names = await namedFiles(
      database,
      batch.map(({ key }) => key),
    )
    named += names.size
    unused.push(...batch.filter((file) => isOld(file) && !names.has(file.key)).map(({ key }) => key))
  }
  // A folder becomes the database's when it names something in it; from then on no other one sweeps it.
  if (unused.length === 0 || !(await storage.isOf(await databaseMark(database), named > 0)))
    return { files: 0, bytes: 0 }
  const removed = { files: 0, bytes: 0 }
  for (let first = 0; first < unused.length; first += together) {
    const keys = unused.slice(first, first + together)
    // Looking through everything takes long: what came here again or was named meanwhile stays.
    const names = await namedFiles(database, keys)
    for (const key of keys) {
      if (signal?.aborted === true) return removed
      const found = names.has(key) ? null : await storage.stat(key)
      if (found === null || !isOld(found) || !(await storage.remove(key))) continue
      removed.files += 1
      removed.bytes += found.bytes
    }
  }
  return removed
}

async function* batches(files: AsyncIterable<ListedFile>): AsyncIterable<ListedFile[]> {
  let batch: ListedFile[] = []
  for await (const file of files) {
    batch.push(file)
    if (batch.length < together) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}
