import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string
  remove(): Promise<void>
}

/** A new folder that other OS users may pass through: as root the embedded server runs as one, and mkdtemp lets nobody in. */
export async function temporaryFolder(prefix = 'pipeline-manager-'): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), prefix))
  await chmod(path, 0o711)
  const remove = () => rm(path, { recursive: true, force: true })
  return { path, remove, [Symbol.asyncDispose]: remove }
}
