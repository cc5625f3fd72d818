/** Which database a command works on that is told of none, where an agent works on a Postgres of somebody's own. */
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { requireKnownDatabase } from '../../../agent/cli/known-database.ts'
import { createServer, type Server } from '../../../agent/server/server.ts'
import { layoutOf } from '../../../agent/store/embedded/layout.ts'
import { problemOf } from '../../support/problem.ts'
import { serverOptions } from '../../support/server.ts'
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary-folder.ts'
import { command, errorOf } from './command-line.ts'
import { containing } from './matchers.ts'

let folder: TemporaryFolder
const servers: Server[] = []
beforeEach(async () => {
  folder = await temporaryFolder()
})
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop()
  await folder.remove()
})

async function serve(databaseUrl: string | null): Promise<{ server: Server; log: string[] }> {
  const log: string[] = []
  const onLog = (message: string) => log.push(message)
  const server = createServer(serverOptions({ dataDirectory: folder.path, databaseUrl, onLog }))
  servers.push(server)
  await server.start()
  return { server, log }
}

/** What a command without a database is refused with. It has begun none. */
async function refused(...args: string[]): Promise<Record<string, unknown>> {
  const answer = await command([...args, '--json', '--data-dir', folder.path])
  expect([args, answer.code, answer.stdout]).toEqual([args, 2, ''])
  expect(existsSync(`${folder.path}/postgres`)).toBe(false)
  return errorOf(answer)
}

const elsewhere = 'postgres://ada:canary@db.example.com/x'

test('a command without a database begins none where an agent works on a Postgres of its own, or the last one did', async () => {
  const { server } = await serve(elsewhere)
  const running = {
    code: 'invalid_configuration',
    field: 'database_url',
    message: 'The agent "test" works on a Postgres of its own, which this command was not told.',
    fix: containing('PIPELINE_MANAGER_DATABASE_URL'),
  }
  for (const args of [['status'], ['migrate'], ['token', 'list']]) expect(await refused(...args)).toMatchObject(running)
  await server.stop()
  const message = `The last agent with the data folder ${folder.path} worked on a Postgres of its own.`
  expect(await refused('status')).toMatchObject({ ...running, message })
  const doctor = await command(['doctor', '--data-dir', folder.path])
  expect(doctor).toMatchObject({ code: 1, stdout: containing(`database: ${message}`) })
  expect(existsSync(`${folder.path}/postgres`)).toBe(false)
})

test('an agent that begins an embedded database where the last one had another says so; commands then work on it', async () => {
  await (await serve(elsewhere)).server.stop()
  const { server, log } = await serve(null)
  expect(log).toEqual([containing('this one has no database_url and works on the embedded database')])
  expect((await serve(null)).log).toEqual([])
  const here = { databaseUrl: null, dataDirectory: folder.path }
  await expect(requireKnownDatabase(here)).resolves.toBeUndefined()
  await server.stop()
  await expect(requireKnownDatabase(here)).resolves.toBeUndefined()
})

test('where an embedded database is as well, only an agent that runs on another stands in the way', async () => {
  const { server } = await serve(elsewhere)
  await mkdir(layoutOf(folder.path).data, { recursive: true })
  const here = { databaseUrl: null, dataDirectory: folder.path }
  expect(await problemOf(requireKnownDatabase(here))).toMatchObject({ code: 'invalid_configuration' })
  await expect(requireKnownDatabase({ ...here, databaseUrl: elsewhere })).resolves.toBeUndefined()
  await server.stop()
  await expect(requireKnownDatabase(here)).resolves.toBeUndefined()
})
