import { execFile } from 'node:child_process'

export interface TraySupportOptions {
  readonly platform: NodeJS.Platform
  /** Runs a program and resolves to what it printed; rejects when there is none, or it fails. */
  readonly run: (file: string, parameters: readonly string[]) => Promise<string>
}

/**
 * Whether a tray icon will be seen. On Linux Electron falls back to showing none without an error, so the session is asked whether anybody
 * watches for icons; where nobody can be asked, none is assumed: a window that hides to a tray that is not there is gone.
 */
export async function hasWorkingTray({ platform, run }: TraySupportOptions): Promise<boolean> {
  if (platform !== 'linux') return true
  const bus = 'org.freedesktop.DBus'
  const question = ['call', '--session', '--timeout', '2', '--dest', bus, '--object-path', '/org/freedesktop/DBus']
  try {
    const answer = await run('gdbus', [...question, '--method', `${bus}.NameHasOwner`, 'org.kde.StatusNotifierWatcher'])
    return answer.includes('true')
  } catch {
    return false
  }
}

/** A program of the system, without a shell; it has three seconds. */
export function runProgram(file: string, parameters: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(file, parameters, { timeout: 3_000, windowsHide: true }, (error, stdout) =>
      error === null ? resolve(stdout) : reject(new Error(`${file} failed`, { cause: error })),
    )
  })
}
