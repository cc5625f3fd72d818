import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'

const packageSchema = z.object({
  name: z.string(),
  version: z.string(),
  homepage: z.url({ protocol: /^https$/ }).optional(),
})

/**
 * Where this program is installed; what it ships beside its code is found from here. Our code runs from its sources and from a
 * bundle, which lie at different depths: upwards from either, the first package of our name is the program's.
 */
export const programFolder = folderOfPackage(import.meta.dirname)

export const migrationsFolder = join(programFolder, 'migrations')

/** The built console, when there is one. */
export const consoleFolder = join(programFolder, 'out', 'renderer')

let version: string | undefined

/** `0.1.0` */
export function programVersion(): string {
  version ??= readPackage(programFolder)?.version
  if (version === undefined) throw new Error(`There is no package.json in ${programFolder}.`)
  return version
}

/** Where this build comes from and newer ones are; null for one whose package.json names no `homepage`. */
export function programHomepage(): string | null {
  return readPackage(programFolder)?.homepage ?? null
}

function folderOfPackage(start: string): string {
  for (let folder = start; ; folder = dirname(folder)) {
    if (readPackage(folder)?.name === 'pipeline-manager') return folder
    if (dirname(folder) === folder) throw new Error(`No folder above ${start} holds Pipeline Manager's package.json.`)
  }
}

function readPackage(folder: string): z.infer<typeof packageSchema> | null {
  const file = join(folder, 'package.json')
  if (!existsSync(file)) return null
  return packageSchema.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data ?? null
}
