/** The benchmark's own PostgreSQL: the embedded server with its product settings, fully durable, in a folder of its own. */
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { layoutOf } from '../../agent/store/embedded/layout.ts'
import { openEmbedded } from '../../agent/store/embedded/open-embedded.ts'
import { systemClock } from '../../shared/clock.ts'

export interface BenchServer {
  readonly postmaster: number
  urlOf(database: string): string
  /** A database that `build` fills once; every later one of this name is a copy of it, vacuumed and analysed. */
  template(name: string, build: (url: string) => Promise<void>, from?: string): Promise<string>
  /** A fresh copy of a template, checkpointed and ready to be measured. */
  create(template: string): Promise<string>
  drop(database: string): Promise<void>
  administrator: pg.Client
  stop(): Promise<void>
}

export async function startServer(dataDirectory?: string): Promise<BenchServer> {
  const folder = dataDirectory ?? (await mkdtemp(join(tmpdir(), 'pipeline-manager-bench-')))
  // As root, the server runs as another user, who has to get in.
  if (dataDirectory === undefined) await chmod(folder, 0o711)
  const embedded = await openEmbedded({ dataDirectory: folder, clock: systemClock, onLog: () => undefined })
  const postmaster = Number((await readFile(join(layoutOf(folder).data, 'postmaster.pid'), 'utf8')).split('\n')[0])
  const urlOf = (database: string): string => {
    const url = new URL(embedded.url)
    url.pathname = `/${database}`
    return url.href
  }
  const administrator = await connect(urlOf('postgres'))
  const built = new Set<string>()
  let created = 0
  const drop = async (database: string): Promise<void> => {
    await administrator.query(`drop database if exists ${database} with (force)`)
  }
  return {
    postmaster,
    urlOf,
    administrator,
    drop,
    template: async (name, build, from = 'template0') => {
      if (built.has(name)) return name
      await administrator.query(`create database ${name} template ${from} strategy file_copy`)
      await build(urlOf(name))
      await withClient(urlOf(name), (client) => client.query('vacuum analyze'))
      built.add(name)
      return name
    },
    create: async (template) => {
      created += 1
      const name = `measured_${created}`
      await administrator.query(`create database ${name} template ${template} strategy file_copy`)
      await administrator.query('checkpoint')
      return name
    },
    stop: async () => {
      await administrator.end()
      await embedded.close()
      if (dataDirectory === undefined) await rm(folder, { recursive: true, force: true })
    },
  }
}

export async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: 'bench' })
  client.on('error', () => undefined)
  await client.connect()
  return client
}

export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = await connect(url)
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
