import { spawn } from 'node:child_process'
import type { OperatingUser } from './operating-user.ts'

export interface ProgramResult {
  /** Exit code; null when a signal ended it. */
  readonly code: number | null
  /** Stdout and stderr as they came. */
  readonly output: string
}

export interface ProgramOptions {
  /** Null = as ourselves. */
  readonly user: OperatingUser | null
  readonly workingDirectory: string
}

// The server must see neither the agent's secrets nor PGPORT and the like. Windows programs need their system's variables.
const environment = process.platform === 'win32' ? undefined : { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C' }

/**
 * Runs a short program to its end and never rejects; a program that cannot be started has code 127.
 * It gets a session of its own, so that Ctrl+C in the terminal does not reach it or a server it leaves behind.
 */
export function runProgram(file: string, args: readonly string[], options: ProgramOptions): Promise<ProgramResult> {
  const { promise, resolve } = Promise.withResolvers<ProgramResult>()
  const child = spawn(file, args, {
    cwd: options.workingDirectory,
    detached: true,
    windowsHide: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(environment === undefined ? {} : { env: environment }),
    ...(options.user === null ? {} : { uid: options.user.uid, gid: options.user.gid }),
  })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.once('error', (error) => resolve({ code: 127, output: error.message }))
  const finish = (code: number | null) => resolve({ code, output: Buffer.concat(chunks).toString('utf8') })
  child.once('close', finish)
  // On Windows a server started by pg_ctl inherits the pipes and keeps them open, so 'close' would not come.
  if (process.platform === 'win32') child.once('exit', (code) => setTimeout(finish, 500, code))
  return promise
}
