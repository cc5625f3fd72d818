/** The measured agent: the program as it is built, in a process of its own, on the seeded database. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { z } from 'zod'
import { freePort } from '../../../agent/store/embedded/server-settings.ts'
import { waitFor } from '../../support/wait.ts'
import { agentFlags } from '../race.ts'
import { writeCatalog } from './catalog.ts'
import type { ProbeAnswer } from './probe.ts'

const projectFolder = join(import.meta.dirname, '../../..')
/** A program of its own: what others build meanwhile does not change what is measured. The console lies where its package.json is. */
const programFolder = join(projectFolder, 'out/bench')
const built = join(programFolder, 'out')
const probe = pathToFileURL(join(import.meta.dirname, 'probe.ts')).href
const execute = promisify(execFile)

export interface MeasuredAgent {
  readonly url: string
  readonly pid: number
  /** With the scope `admin`. */
  readonly token: string
  /** Since the last time it was asked. */
  probe(): Promise<ProbeAnswer>
  stop(): Promise<void>
}

export async function buildProgram(): Promise<void> {
  await execute(process.execPath, ['scripts/build.ts', '--if-needed', '--out', built], { cwd: projectFolder })
  for (const name of ['package.json', 'migrations']) {
    await cp(join(projectFolder, name), join(programFolder, name), { recursive: true })
  }
}

/** `folder` is the agent's own, and is left to the caller. */
export async function startAgent(databaseUrl: string, folder: string): Promise<MeasuredAgent> {
  await mkdir(folder, { recursive: true })
  const catalog = join(folder, 'catalog.yaml')
  await writeCatalog(catalog)
  const port = await freePort(0)
  const url = `http://127.0.0.1:${port}`
  const program = join(built, 'main/agent.js')
  const environment = {
    ...process.env,
    PIPELINE_MANAGER_DATA_DIR: folder,
    PIPELINE_MANAGER_DATABASE_URL: databaseUrl,
    PIPELINE_MANAGER_CONFIG: catalog,
    PIPELINE_MANAGER_AGENT_NAME: 'bench',
  }
  const child = spawn(process.execPath, [...agentFlags, '--import', probe, program, 'agent', '--port', String(port)], {
    env: environment,
    cwd: projectFolder,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const output: string[] = []
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => output.push(text))
  try {
    await waitFor(() => isReady(url, child, output), { timeoutMs: 60_000, describe: 'the agent to be ready' })
    const given = ['token', 'create', '--name', 'bench', '--scope', 'admin', '--json']
    const { stdout } = await execute(process.execPath, [program, ...given], { env: environment, cwd: projectFolder })
    return {
      url,
      pid: child.pid ?? 0,
      token: z.object({ token: z.object({ text: z.string() }) }).parse(JSON.parse(stdout)).token.text,
      probe: () => ask(child),
      stop: () => stop(child),
    }
  } catch (error) {
    await stop(child)
    throw error
  }
}

async function isReady(url: string, child: ChildProcess, output: readonly string[]): Promise<boolean> {
  if (child.exitCode !== null) throw new Error(`The agent ended with ${child.exitCode}:\n${output.join('')}`)
  return (await fetch(`${url}/readyz`).catch(() => null))?.ok ?? false
}

const probeAnswer = z.object({ delayP99: z.number(), delayMax: z.number(), cpuMs: z.number() })

async function ask(child: ChildProcess): Promise<ProbeAnswer> {
  const answered = once(child, 'message')
  child.send('read')
  return z
    .tuple([probeAnswer])
    .rest(z.unknown())
    .parse(await answered)[0]
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}
