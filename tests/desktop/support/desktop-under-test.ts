/** The built main bundle in a process of its own, on the fake of Electron, with a real embedded Postgres in a folder of the test. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/message-port'
import type { ContractRouterClient } from '@orpc/contract'
import type { Contract } from '../../../shared/contract/index.ts'
import type { PortName } from '../../../shared/desktop/bridge.ts'
import type { DesktopContract } from '../../../shared/desktop/contract.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { waitFor } from '../../support/wait.ts'

export const projectFolder = join(import.meta.dirname, '../../..')

export type ConsoleClient = ContractRouterClient<Contract>
export type DesktopClient = ContractRouterClient<DesktopContract>

/** Only what is missing or older than its sources is built. */
export async function buildDesktop(): Promise<void> {
  await promisify(execFile)(process.execPath, [join(projectFolder, 'scripts/build.ts'), '--if-needed'])
}

export interface WindowSeen {
  readonly options: { readonly webPreferences: Readonly<Record<string, unknown>>; readonly show: boolean }
  readonly isShown: boolean
  readonly isGone: boolean
  readonly url: string
  readonly sent: readonly { readonly channel: string; readonly value: unknown }[]
  readonly reloads: number
}

export type LabelTree = string | { readonly label: string; readonly entries: readonly LabelTree[] }

export interface DesktopSeen {
  readonly seen: {
    readonly calls: readonly { readonly name: string; readonly arguments: readonly unknown[] }[]
    readonly external: readonly string[]
    readonly clipboard: string
    readonly errorBoxes: readonly string[]
    readonly exitCode: number | null
  }
  readonly windows: readonly WindowSeen[]
  readonly notifications: readonly { readonly title: string; readonly body: string; readonly id: string }[]
  readonly tray: { readonly icon: string; readonly tooltip: string; readonly menu: readonly LabelTree[] } | null
  readonly menu: readonly LabelTree[]
}

export interface PortUnderTest {
  readonly id: number
  readonly onMessage: (listener: (data: unknown) => void) => void
  readonly onClose: (listener: () => void) => void
  readonly post: (data: unknown) => void
}

export interface DesktopUnderTest extends AsyncDisposable {
  readonly folder: string
  readonly child: ChildProcess
  /** Resolves with the exit code of the program. */
  readonly exited: Promise<number | null>
  readonly output: readonly string[]
  ask<Answer = unknown>(name: string, ...given: readonly unknown[]): Promise<Answer>
  state(): Promise<DesktopSeen>
  port(name: PortName): Promise<PortUnderTest>
  console(): Promise<ConsoleClient>
  desktop(): Promise<DesktopClient>
  /** As a person who leaves everything as it is; resolves once the agent serves. */
  setUp(change?: Parameters<DesktopClient['save']>[0]): Promise<DesktopClient>
}

export interface DesktopOptions {
  readonly folder?: string
  readonly argv?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
}

export async function startDesktop(options: DesktopOptions = {}): Promise<DesktopUnderTest> {
  const own = options.folder === undefined ? await temporaryFolder('pipeline-manager-desktop-') : null
  const folder = options.folder ?? own?.path ?? ''
  const preload = join(import.meta.dirname, 'fake-process.ts')
  const program = join(projectFolder, 'out/main/main.js')
  const flags = [`--data-dir=${join(folder, 'data')}`, `--node=${process.execPath}`, ...(options.argv ?? [])]
  const child = spawn(process.execPath, ['--import', preload, program, ...flags], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      ...process.env,
      FAKE_ELECTRON_FOLDER: folder,
      PIPELINE_MANAGER_PORT: '0',
      PIPELINE_MANAGER_SHUTDOWN_GRACE_SECONDS: '1',
      ...options.environment,
    },
  })
  const output: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => output.push(text))
  }
  const exited = once(child, 'exit').then(([code]: unknown[]) => (typeof code === 'number' ? code : null))
  const channel = new Channel(child, output)
  const desktop: DesktopUnderTest = {
    folder,
    child,
    exited,
    output,
    ask: (name, ...given) => channel.ask(name, given),
    state: () => channel.ask('state', []),
    port: async (name) => channel.port(await channel.ask<number>('connect', [name, 'page'])),
    console: async () => createORPCClient(new RPCLink({ port: rpcPort(await desktop.port('console')) })),
    desktop: async () => createORPCClient(new RPCLink({ port: rpcPort(await desktop.port('desktop')) })),
    setUp: async (change = {}) => {
      const client = await desktop.desktop()
      await client.save(change)
      await waitFor(async () => (await client.status()).agent === 'serving', {
        timeoutMs: 120_000,
        describe: 'the agent to serve',
      })
      return client
    },
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        // In order, so that its database stops with it.
        await channel.ask('quit', []).catch(() => undefined)
        await exited
      }
      await own?.remove()
    },
  }
  await waitFor(async () => child.exitCode !== null || (await desktop.state()).windows.length > 0, {
    timeoutMs: 120_000,
    describe: 'the first window',
  })
  return desktop
}

interface Message {
  readonly type: 'ready' | 'answer' | 'port' | 'port-closed' | 'exit'
  readonly ask?: number
  readonly id?: number
  readonly value?: unknown
  readonly error?: string
  readonly data?: unknown
}

class Channel {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>()
  readonly #messages = new Map<number, (data: unknown) => void>()
  readonly #closes = new Map<number, () => void>()
  readonly #closed = new Set<number>()
  #asked = 0

  constructor(child: ChildProcess, output: readonly string[]) {
    this.#child = child
    child.on('message', (message: Message) => this.#hear(message))
    child.on('exit', () => {
      const gone = new Error(`The desktop has ended:\n${output.join('')}`)
      for (const { reject } of this.#waiting.values()) reject(gone)
    })
  }

  ask<Answer>(name: string, given: readonly unknown[]): Promise<Answer> {
    this.#asked += 1
    const waiting = Promise.withResolvers<unknown>()
    this.#waiting.set(this.#asked, waiting)
    if (!this.#child.connected) waiting.reject(new Error('The desktop has ended.'))
    else this.#child.send({ ask: this.#asked, name, given })
    // What the operation answers is what the test says it does.
    return waiting.promise as Promise<Answer>
  }

  port(id: number): PortUnderTest {
    return {
      id,
      onMessage: (listener) => this.#messages.set(id, listener),
      onClose: (listener) => {
        if (this.#closed.has(id)) listener()
        else this.#closes.set(id, listener)
      },
      post: (data) => void this.ask('post', [id, data]).catch(() => undefined),
    }
  }

  #hear({ type, ask = 0, id = 0, value, error, data }: Message): void {
    if (type === 'port') this.#messages.get(id)?.(data)
    if (type === 'port-closed') {
      this.#closed.add(id)
      this.#closes.get(id)?.()
    }
    if (type !== 'answer') return
    const waiting = this.#waiting.get(ask)
    this.#waiting.delete(ask)
    if (error === undefined) waiting?.resolve(value)
    else waiting?.reject(new Error(error))
  }
}

/** In the shape that the library expects of a port. */
function rpcPort({ onMessage, onClose, post }: PortUnderTest) {
  return {
    postMessage: post,
    on: (event: string, callback: (event?: { data: unknown }) => void) => {
      if (event === 'message') onMessage((data) => callback({ data }))
      if (event === 'close') onClose(() => callback())
    },
  }
}
