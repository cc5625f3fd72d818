import type { StatsFs } from 'node:fs'
import { statfs } from 'node:fs/promises'
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

async function nearestDisk(folder: string): Promise<StatsFs> {
  try {
    return await statfs(folder)
  } catch (error) {
    const parent = dirname(folder)
    if (parent === folder) throw error
    return nearestDisk(parent)
  }
}
