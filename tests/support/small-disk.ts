import { execFileSync } from 'node:child_process'
import { temporaryFolder } from './temporary-folder.ts'

export interface SmallDisk extends AsyncDisposable {
  readonly path: string
}

/** A disk in memory of this size, to be filled; null where this user may mount none. */
export async function mountSmallDisk(megabytes: number): Promise<SmallDisk | null> {
  const folder = await temporaryFolder()
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder.path], { stdio: 'ignore' })
  } catch {
    await folder.remove()
    return null
  }
  return {
    path: folder.path,
    [Symbol.asyncDispose]: async () => {
      execFileSync('umount', ['--lazy', folder.path])
      await folder.remove()
    },
  }
}
