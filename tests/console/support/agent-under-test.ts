/** A real headless agent with a database of its own, serving the built console. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { z } from 'zod'
import { freePort } from '../../../agent/store/embedded/server-settings.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { waitFor } from '../../support/wait.ts'
import { serverVariable, templateName } from './test-server.ts'

const projectFolder = join(import.meta.dirname, '../../..')
/** As it is shipped: it starts in a fraction of what taking the types away takes. */
const program = join(projectFolder, 'out/main/agent.js')
const catalogFile = join(import.meta.dirname, 'pipelines/pipeline-manager.yaml')

export interface AgentUnderTest extends AsyncDisposable {
  /** `http://127.0.0.1:43210`, the same after a restart. */
  readonly url: string
  readonly databaseUrl: string
  /** A client of the test itself on the agent's database. */
  readonly sql: pg.Client
  /** With which its steps find `go-<run id>`. */
  readonly temporaryFolder: string
  /** A token with the scope `admin`. */
  readonly token: string
  /** Runs a command of the command line on the same database; resolves to what it printed. */
  pm(...args: readonly string[]): Promise<string>
  stop(signal?: NodeJS.Signals): Promise<void>
  start(): Promise<void>
}

let made = 0

interface AgentOptions {
  /** Its local file; that of all the tests unless it says otherwise. */
  readonly file?: string
  /** Beside what every agent of the tests has. */
  readonly variables?: Readonly<Record<string, string>>
}

/** `through`: the URL by which the agent reaches its database, for a proxy in between. The test itself goes straight there. */
export async function startAgent(
  through = (databaseUrl: string): string => databaseUrl,
  { file = catalogFile, variables = {} }: AgentOptions = {},
): Promise<AgentUnderTest> {
  const folder = await temporaryFolder('pipeline-manager-console-')
  const databaseUrl = await createDatabase()
  const port = await freePort(0)
  const url = `http://127.0.0.1:${port}`
  const environment = {
    ...process.env,
    TMPDIR: folder.path,
    PIPELINE_MANAGER_DATA_DIR: folder.path,
    PIPELINE_MANAGER_DATABASE_URL: through(databaseUrl),
    PIPELINE_MANAGER_CONFIG: file,
    PIPELINE_MANAGER_AGENT_NAME: 'console-test',
    PIPELINE_MANAGER_EMBED_ORIGINS: 'http://localhost:*',
    // Nothing here is worth waiting for when the tests are over.
    PIPELINE_MANAGER_SHUTDOWN_GRACE_SECONDS: '1',
    ...variables,
  }
  const pm = async (...args: readonly string[]): Promise<string> =>
    (await promisify(execFile)(process.execPath, [program, ...args], { env: environment, cwd: projectFolder })).stdout
  let child: ChildProcess | null = null
  const start = async (): Promise<void> => {
    const started = spawn(process.execPath, [program, 'agent', '--port', String(port)], {
      env: environment,
      cwd: projectFolder,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child = started
    const output: string[] = []
    for (const stream of [started.stdout, started.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => output.push(text))
    await waitFor(() => isReady(url, started, output), { timeoutMs: 90_000, describe: 'the agent to be ready' })
  }
  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
    const running = child
    child = null
    if (running === null || running.exitCode !== null || running.signalCode !== null) return
    const exited = once(running, 'exit')
    running.kill(signal)
    await exited
  }
  await start()
  const sql = new pg.Client({ connectionString: databaseUrl, application_name: 'test' })
  sql.on('error', () => undefined)
  await sql.connect()
  const token = tokenOf(await pm('token', 'create', '--name', 'browser-tests', '--scope', 'admin', '--json'))
  return {
    url,
    databaseUrl,
    sql,
    temporaryFolder: folder.path,
    token,
    pm,
    start,
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop()
      await sql.end()
      await dropDatabase(databaseUrl)
      await folder.remove()
    },
  }
}

async function isReady(url: string, child: ChildProcess, output: readonly string[]): Promise<boolean> {
  if (child.exitCode !== null) throw new Error(`The agent ended with ${child.exitCode}:\n${output.join('')}`)
  const answer = await fetch(`${url}/readyz`).catch(() => null)
  return answer?.ok ?? false
}

const tokenSchema = z.object({ token: z.object({ text: z.string() }) })

function tokenOf(printed: string): string {
  return tokenSchema.parse(JSON.parse(printed)).token.text
}

function serverUrl(): URL {
  const url = process.env[serverVariable]
  if (url === undefined)
    throw new Error(`${serverVariable} is not set: the browser tests run through their own configuration.`)
  return new URL(url)
}

async function createDatabase(): Promise<string> {
  made += 1
  const url = serverUrl()
  const name = `console_${process.pid}_${made}`
  await administer(`create database ${name} template ${templateName}`)
  url.pathname = `/${name}`
  return url.href
}

async function dropDatabase(url: string): Promise<void> {
  await administer(`drop database ${new URL(url).pathname.slice(1)} with (force)`)
}

async function administer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl().href })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
