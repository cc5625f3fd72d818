import { homedir, hostname } from 'node:os'
import { isAbsolute, join, win32 } from 'node:path'
import { cleanText } from '../../shared/errors.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** What the defaults depend on. */
export interface Machine {
  readonly platform: NodeJS.Platform
  readonly homeDirectory: string
  readonly hostName: string
  /** Null on Windows. */
  readonly userId: number | null
  readonly workingDirectory: string
  readonly environment: Environment
}

export function thisMachine(environment: Environment): Machine {
  return {
    platform: process.platform,
    homeDirectory: homedir(),
    hostName: hostname(),
    userId: process.geteuid?.() ?? null,
    workingDirectory: process.cwd(),
    environment,
  }
}

/** The platform's convention for data of one user; root is a server and uses /var/lib. */
export function defaultDataDirectory(machine: Machine): string {
  const { platform, homeDirectory, environment } = machine
  if (platform === 'win32') {
    return win32.join(environment['LOCALAPPDATA'] || win32.join(homeDirectory, 'AppData', 'Local'), 'Pipeline Manager')
  }
  if (machine.userId === 0) return '/var/lib/pipeline-manager'
  if (platform === 'darwin') return join(homeDirectory, 'Library', 'Application Support', 'Pipeline Manager')
  // The XDG Base Directory Specification says to ignore a relative path.
  const shared = environment['XDG_DATA_HOME'] ?? ''
  return join(isAbsolute(shared) ? shared : join(homeDirectory, '.local', 'share'), 'pipeline-manager')
}

export function defaultAgentName(machine: Machine): string {
  return cleanText(machine.hostName.trim(), 63).slice(0, 63) || 'agent'
}
