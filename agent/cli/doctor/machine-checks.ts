import type { StatsFs } from 'node:fs'
import { access, constants, stat, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { describeError } from '../../../shared/errors.ts'
import { type Finding, ok, problem, warning } from './finding.ts'

const gigabyte = 1024 ** 3

/** Room on the disk of the data folder; of the nearest folder that is there. */
export async function checkDisk(dataDirectory: string): Promise<Finding> {
  try {
    const disk = await nearestDisk(dataDirectory)
    const free = disk.bavail * disk.bsize
    const share = disk.blocks === 0 ? 1 : disk.bavail / disk.blocks
    const size = free >= gigabyte ? `${(free / gigabyte).toFixed(1)} GB` : `${Math.floor(free / 1024 ** 2)} MB`
    const words = `${size} free (${Math.floor(share * 100)} %) for the data folder ${dataDirectory}.`
    if (free < gigabyte / 10) return problem('disk', words, 'Make room: a full disk stops the embedded database.')
    if (free < gigabyte || share < 0.03)
      return warning('disk', words, 'Make room, or choose another folder with --data-dir.')
    return ok('disk', words)
  } catch (error) {
    const message = `The data folder ${dataDirectory} cannot be looked at: ${describeError(error)}.`
    return warning('disk', message, 'Check the folder, or choose another with --data-dir.')
  }
}

const nearestDisk = (folder: string): Promise<StatsFs> => nearest(folder, (place) => statfs(place))

/** Of the folder, or of the nearest above it that is there. */
async function nearest<Answer>(folder: string, look: (folder: string) => Promise<Answer>): Promise<Answer> {
  try {
    return await look(folder)
  } catch (error) {
    const parent = dirname(folder)
    if (parent === folder || !isMissing(error)) throw error
    return nearest(parent, look)
  }
}

/** The folder, or a file is where a folder should be. */
function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
}

/** An agent writes there, whatever its database: nothing when it can. Nothing is touched. */
export async function checkDataFolder(dataDirectory: string): Promise<Finding[]> {
  const fix = 'Let this user write there, or choose another folder with --data-dir.'
  try {
    const found = await nearest(dataDirectory, async (folder) => ({
      folder,
      isFolder: (await stat(folder)).isDirectory(),
    }))
    if (!found.isFolder)
      return [problem('data folder', `${found.folder} is a file; the data folder cannot be there.`, fix)]
    await access(found.folder, constants.W_OK | constants.X_OK)
    return []
  } catch (error) {
    const message = `The data folder ${dataDirectory} cannot be written: ${describeError(error)}.`
    return [problem('data folder', message, fix)]
  }
}
