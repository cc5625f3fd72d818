import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

export interface Exit {
  /** Null when a signal ended it. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface TestProcess extends AsyncDisposable {
  readonly pid: number
  /** The next line of stdout; fails with stderr when the process ends first. */
  line(): Promise<string>
  /** One line to its stdin. */
  say(line: string): void
  /** Ends its stdin. */
  endInput(): void
  /** To the process alone; `killGroup` as Ctrl+C in a terminal does. */
  kill(signal: NodeJS.Signals): void
  killGroup(signal: NodeJS.Signals): void
  readonly exited: Promise<Exit>
}

/** Starts a TypeScript file in a Node of its own, leader of its own process group. Disposing kills it. */
export function startProcess(script: string, args: readonly string[] = []): TestProcess {
  const child = spawn(process.execPath, [script, ...args], { detached: true, stdio: 'pipe' })
  const pid = child.pid
  if (pid === undefined) throw new Error(`${script} could not be started`)
  const errors: string[] = []
  child.stderr.setEncoding('utf8').on('data', (text: string) => errors.push(text))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const exited = exitOf(child)
  return {
    pid,
    exited,
    line: async () => {
      const next = await lines.next()
      if (next.done !== true) return next.value
      throw new Error(`${script} ended: ${JSON.stringify(await exited)}\n${errors.join('')}`)
    },
    say: (line) => child.stdin.write(`${line}\n`),
    endInput: () => child.stdin.end(),
    kill: (signal) => child.kill(signal),
    killGroup: (signal) => process.kill(-pid, signal),
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL')
      await exited
    },
  }
}

async function exitOf(child: ChildProcess): Promise<Exit> {
  await once(child, 'exit')
  return { code: child.exitCode, signal: child.signalCode }
}
