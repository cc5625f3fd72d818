import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { programFolder } from './program.ts'

const program = join(programFolder, 'examples', 'meta-simulator', 'main.ts')
const ready = z.object({ url: z.url() })

/** Small heaps: it serves a handful of ads. */
const flags = ['--max-semi-space-size=1', '--max-old-space-size=64']

/**
 * The simulator of Meta's Graph API that the sample's meta_sync talks to, in a process of its own. It starts when it is
 * asked for, and again when it has ended; it ends with stop, and, because its standard input is a pipe from here, also
 * when this process is killed.
 */
export class SampleSimulator {
  /** What it takes for a token; nobody else needs to know it. */
  readonly token = randomUUID()
  #running: { readonly child: ChildProcess; readonly url: Promise<string> } | null = null
  #isStopped = false
  readonly #idleSeconds: number
  readonly #nodeProgram: string

  /** It ends by itself when nobody has asked it anything for so long: a process costs memory. */
  constructor(idleSeconds = 60, nodeProgram = process.execPath) {
    this.#idleSeconds = idleSeconds
    this.#nodeProgram = nodeProgram
  }

  /** Where it answers. @throws when it does not start. */
  url(): Promise<string> {
    if (this.#isStopped) return Promise.reject(new Error('The simulator of the sample has been stopped.'))
    this.#running ??= this.#start()
    return this.#running.url
  }

  /** Complete when it resolves; safe twice. */
  async stop(): Promise<void> {
    this.#isStopped = true
    const child = this.#running?.child
    if (child === undefined) return
    const exited = hasEnded(child) ? Promise.resolve() : once(child, 'exit')
    child.stdin?.end()
    child.kill('SIGTERM')
    await exited
  }

  #start(): { child: ChildProcess; url: Promise<string> } {
    const options = ['--port', '0', '--token', this.token, '--idle-seconds', String(this.#idleSeconds)]
    const child = spawn(this.#nodeProgram, [...flags, program, ...options], {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: {},
      // Ctrl+C in the terminal is for the agent, which may still need it while it drains.
      detached: true,
      windowsHide: true,
    })
    child.stdin.on('error', () => undefined)
    const forget = (): void => {
      if (this.#running?.child === child && !this.#isStopped) this.#running = null
    }
    child.once('exit', forget).once('error', forget)
    return { child, url: firstUrl(child) }
  }
}

async function firstUrl(child: ChildProcess): Promise<string> {
  const failed = once(child, 'error').then(([error]: unknown[]) => {
    throw new Error('The simulator of the sample did not start.', { cause: error })
  })
  return Promise.race([failed, urlFrom(child)])
}

async function urlFrom(child: ChildProcess): Promise<string> {
  if (child.stdout !== null) {
    for await (const line of createInterface({ input: child.stdout })) {
      const { url } = ready.parse(JSON.parse(line))
      return url
    }
  }
  throw new Error('The simulator of the sample ended before it said where it is.')
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}
