import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Environment } from '../agent/config.ts'

/**
 * The binary of Electron, when it is there; null otherwise. Not asked of the package itself, which would begin to download one.
 * (`path.txt` names the file inside `dist/` since there is a binary.)
 */
export function findElectron(programFolder: string, environment: Environment): string | null {
  const named = environment['ELECTRON_EXEC_PATH']
  if (named !== undefined && named !== '') return existsSync(named) ? named : null
  const folder = join(programFolder, 'node_modules', 'electron')
  const pathFile = join(folder, 'path.txt')
  if (!existsSync(pathFile)) return null
  const file = join(
    environment['ELECTRON_OVERRIDE_DIST_PATH'] || join(folder, 'dist'),
    readFileSync(pathFile, 'utf8').trim(),
  )
  return existsSync(file) ? file : null
}
