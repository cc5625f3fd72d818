import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

/** Where this program is installed; what it ships beside its code is found from here. */
export const programFolder = join(import.meta.dirname, '..', '..')

export const migrationsFolder = join(programFolder, 'migrations')

const packageSchema = z.object({ version: z.string() })

let version: string | undefined

/** `0.1.0` */
export function programVersion(): string {
  version ??= packageSchema.parse(JSON.parse(readFileSync(join(programFolder, 'package.json'), 'utf8'))).version
  return version
}
