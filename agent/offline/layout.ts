import { join } from 'node:path'

/** Where the store of one agent lives. The folder is that agent's alone, which is what makes one writer (agent-identity.ts). */
export interface StoreLayout {
  readonly folder: string
  readonly file: string
  /** Says that the file was made once: an empty or missing one is then a loss, and not a first start. */
  readonly marker: string
  /** Given up when the disk is full, so that what is waiting can still be noted and deleted. */
  readonly ballast: string
}

export function storeLayout(folder: string): StoreLayout {
  const file = join(folder, 'offline.sqlite')
  return { folder, file, marker: `${file}.created`, ballast: `${file}.ballast` }
}

/** What SQLite keeps beside the file. */
export const companions = ['-wal', '-shm', '-journal'] as const
