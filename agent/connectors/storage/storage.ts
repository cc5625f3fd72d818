/*
 * Where files of pipelines are kept: by what is in them, so that the same file is there once, whoever fetched it. A
 * local folder now (local-storage.ts); whatever comes next passes tests/support/storage-suite.ts.
 *
 * A file is received bit by bit under a name of the caller's. What was received when that broke off is kept for the
 * next try; it becomes a file of the storage only when it is whole, and then at once.
 */

export interface StoredFile {
  /** Names the content: `<sha256>.<extension>`. */
  readonly key: string
  /** Lower-case hexadecimal. */
  readonly sha256: string
  readonly bytes: number
}

export interface ListedFile extends Omit<StoredFile, 'sha256'> {
  /** When it came here last. */
  readonly changedAt: Date
}

/** A file that is being received. */
export interface Incoming {
  /** What an earlier try left, in bytes. */
  readonly received: number
  /** Which version of the file that is the beginning of, as `begin` was told; null when nothing is there. */
  readonly version: string | null
  /**
   * Forgets what is there, and begins with this version; null = nobody knows, so that nothing can be gone on with
   * later.
   */
  begin(version: string | null): Promise<void>
  /** Waits until the bytes are taken. */
  write(bytes: Uint8Array): Promise<void>
  /** The first bytes of what is there, at most so many. */
  head(bytes: number): Promise<Buffer>
}

export interface Storage {
  /**
   * Receives a file: `work` writes it and returns its extension (letters and digits). When `work` throws, what it has
   * written is kept under the name, unless no version is known. One at a time for each name: @throws Problem `conflict`
   * for the second.
   */
  receive(name: string, work: (incoming: Incoming) => Promise<string>): Promise<StoredFile>
  /** Null when there is no such file. */
  stat(key: string): Promise<Pick<ListedFile, 'bytes' | 'changedAt'> | null>
  /** @throws Problem `not_found`. */
  read(key: string): AsyncIterable<Uint8Array>
  /** True when it was there. */
  remove(key: string): Promise<boolean>
  /** All that are whole. */
  list(): AsyncIterable<ListedFile>
  /** Whether the storage is this owner's; while it is nobody's, `takes` makes it so. */
  isOf(owner: string, takes: boolean): Promise<boolean>
}
