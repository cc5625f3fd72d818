import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { GroupGuard } from './group-guard.ts'

/** How a process ended: one of the two is set. */
export interface ProcessExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface GuardedProcess {
  /** Also the number of its process group. */
  readonly pid: number
  readonly stdout: Readable
  readonly stderr: Readable
  /** The process itself has ended; what it started may still run. */
  readonly exited: Promise<ProcessExit>
  /** It is guarded no longer. Call when nothing of the group runs any more. */
  release(): void | Promise<void>
}

export interface ProcessStart {
  /** Absolute path. */
  readonly file: string
  readonly arguments: readonly string[]
  readonly directory: string
  readonly environment: Record<string, string>
  /** What it reads on its standard input; without it, that is empty. */
  readonly input?: string
}

/*
 * A command dies with its agent (group-guard.ts), and there is no moment without a guard: it waits at a gate until the guard knows it. The
 * gate is a shell that reads one word and then becomes the command (exec: same pid, same group, exit code and signals as if it had been
 * started directly). When the agent dies before saying the word, the gate reads the end of its stdin and leaves. A shell reads a pipe byte
 * by byte, so that what follows the word is left for the command.
 *
 * No shell ever reads what runs: all scripts are constants and the command is passed as separate arguments.
 */
const openGate = 'IFS= read -r pm_gate && [ "$pm_gate" = go ] || exit 75; exec "$@"'
const gate = `${openGate} </dev/null`
const guard = new GroupGuard()

/** `set /p` waits for a line, and goes on at the end of the pipe. No Node here: the desktop's executable is none. */
const windowsGuard = (group: number): string => `"set /p pm_end= & taskkill /pid ${group} /t /f"`

/**
 * Starts a program in a process group of its own, guarded as described above.
 * @throws the system's error (with `code`) when it cannot be started.
 */
export async function startGuarded(start: ProcessStart): Promise<GuardedProcess> {
  const child = process.platform === 'win32' ? spawnOnWindows(start) : spawnAtGate(start)
  const exited = new Promise<ProcessExit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }))
  })
  await once(child, 'spawn')
  const { pid, stdout, stderr } = child
  if (pid === undefined || stdout === null || stderr === null) throw new Error(`${start.file} started without a pid`)
  // After this, errors are about signalling a process that is gone.
  child.on('error', () => undefined)
  try {
    const release = process.platform === 'win32' ? await startWindowsGuard(pid) : await guard.watch(pid)
    // A program need not read what it is given.
    const word = process.platform === 'win32' ? '' : 'go\n'
    child.stdin?.on('error', () => undefined).end(`${word}${start.input ?? ''}`)
    return { pid, stdout, stderr, exited, release }
  } catch (error) {
    child.kill('SIGKILL')
    await exited
    throw error
  }
}

function spawnAtGate({ file, arguments: rest, directory, environment, input }: ProcessStart): ChildProcess {
  return spawn('/bin/sh', ['-c', input === undefined ? gate : openGate, 'gate', file, ...rest], {
    cwd: directory,
    env: environment,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
}

/** No gate there: for the few milliseconds until its guard stands, a command could outlive a killed agent. */
function spawnOnWindows({ file, arguments: rest, directory, environment, input }: ProcessStart): ChildProcess {
  return spawn(file, [...rest], {
    cwd: directory,
    env: environment,
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    windowsHide: true,
  })
}

async function startWindowsGuard(group: number): Promise<() => Promise<void>> {
  const child = spawnWindowsGuard(group)
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
  })
  await once(child, 'spawn')
  child.on('error', () => undefined)
  child.stdin?.on('error', () => undefined)
  return async () => {
    child.kill('SIGKILL')
    await gone
  }
}

function spawnWindowsGuard(group: number): ChildProcess {
  return spawn('cmd.exe', ['/d', '/s', '/c', windowsGuard(group)], {
    env: {},
    detached: true,
    windowsVerbatimArguments: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    windowsHide: true,
  })
}
