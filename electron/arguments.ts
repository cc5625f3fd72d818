import { linkScheme } from '../shared/links.ts'
import { atLoginFlag } from './login-start.ts'

export interface DesktopArguments {
  /** As it was given; nobody has looked at it yet. */
  readonly link: string | null
  readonly isAtLogin: boolean
  /** As `loadConfiguration` takes them. */
  readonly flags: Readonly<Record<string, string>>
  readonly nodeProgram: string | null
}

const developerFlags: Readonly<Record<string, string>> = { '--data-dir': 'dataDir', '--config': 'config' }

/**
 * What the command line says. A packaged program takes no setting from it: links of other programs are put there by the system, and a
 * crafted one must not be able to name a file that says what runs.
 */
export function readArguments(
  given: readonly string[],
  { isPackaged }: { readonly isPackaged: boolean },
): DesktopArguments {
  const values = isPackaged ? [] : given.map((argument) => /^(--[a-z-]+)=(.+)$/s.exec(argument) ?? [])
  const flags = values.flatMap(([, name = '', value = '']) => {
    const key = developerFlags[name]
    return key === undefined ? [] : [[key, value] as const]
  })
  const nodeProgram = values.find(([, name]) => name === '--node')?.[2] ?? null
  return {
    link: linkAmong(given),
    isAtLogin: given.includes(atLoginFlag),
    flags: Object.fromEntries(flags),
    nodeProgram,
  }
}

/** The link among the arguments of a start, by Windows and Linux; null without one. */
export function linkAmong(given: readonly string[]): string | null {
  return given.find((argument) => argument.toLowerCase().startsWith(`${linkScheme}:`)) ?? null
}
