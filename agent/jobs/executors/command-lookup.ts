import { accessSync, constants, statSync } from 'node:fs'
import path from 'node:path'

export type Environment = Readonly<Record<string, string | undefined>>

/** Where a command is looked for. */
export interface LookupPlace {
  readonly environment: Environment
  /** Absolute; relative paths with a separator start here. */
  readonly directory: string
}

/** Absolute path of an executable, found as the operating system would find it; undefined when there is none. */
export function findExecutable(command: string, place: LookupPlace): string | undefined {
  const hasSeparator = command.includes('/') || (process.platform === 'win32' && command.includes('\\'))
  const folders = hasSeparator ? [place.directory] : pathFolders(place)
  const candidates = folders.flatMap((folder) => withExtensions(path.resolve(folder, command), place.environment))
  return candidates.find(isExecutableFile)
}

function pathFolders({ environment, directory }: LookupPlace): string[] {
  const searchPath = environmentValue(environment, 'PATH') ?? ''
  return searchPath.split(path.delimiter).map((folder) => path.resolve(directory, folder))
}

function withExtensions(file: string, environment: Environment): string[] {
  if (process.platform !== 'win32') return [file]
  const extensions = (environmentValue(environment, 'PATHEXT') ?? '.EXE;.COM').split(';')
  return [file, ...extensions.map((extension) => file + extension)]
}

function isExecutableFile(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}

/** Windows does not care about the case of a variable's name, and spells it `Path`. */
export function environmentValue(environment: Environment, name: string): string | undefined {
  if (process.platform !== 'win32' || environment[name] !== undefined) return environment[name]
  const spelled = Object.keys(environment).find((key) => key.toUpperCase() === name.toUpperCase())
  return spelled === undefined ? undefined : environment[spelled]
}

const systemFolders: ReadonlySet<string> = new Set(['/usr/bin', '/bin', '/usr/sbin', '/sbin'])

/** Why a command of the shell is not found, where macOS has given this program nothing but its own folders; empty otherwise. */
export function shortPathHint(searchPath: string, platform: NodeJS.Platform): string {
  const isShort = searchPath.split(':').every((folder) => systemFolders.has(folder))
  if (platform !== 'darwin' || !isShort) return ''
  return ' (programs that macOS starts, from the Dock or at login, see only these folders, whatever the shell has)'
}
