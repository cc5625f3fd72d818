import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { open, readFile, rename } from 'node:fs/promises'
import { createServer } from 'node:net'
import { z } from 'zod'
import { describeError, Problem } from '../../../shared/errors.ts'
import type { Layout } from './layout.ts'

const schema = z.object({ port: z.int().min(1).max(65_535), password: z.string().min(1) })

/** What every process needs in order to reach the server. */
export type ServerSettings = z.infer<typeof schema>

export const databaseName = 'pipeline_manager'
export const roleName = 'pipeline_manager'

/** Null when there is no file yet. Throws a Problem when it cannot be read or makes no sense. */
export async function readSettings(layout: Layout): Promise<ServerSettings | null> {
  try {
    return schema.parse(JSON.parse(await readFile(layout.settings, 'utf8')))
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT') return null
    const denied = code === 'EACCES' || code === 'EPERM'
    throw new Problem(
      denied ? 'not_allowed' : 'invalid_configuration',
      `${layout.settings} ${denied ? 'belongs to another user' : `cannot be read: ${describeError(error)}`}.`,
      {
        field: 'data-dir',
        value: layout.settings,
        fix: denied
          ? 'Run this as the user who started the program, or choose your own folder with --data-dir.'
          : 'Restore that file from a backup; it holds the port and the password of the database.',
        cause: error,
      },
    )
  }
}

/** Replaces the file whole and waits until it is on disk: the password in it is the only copy. */
export async function writeSettings(layout: Layout, settings: ServerSettings): Promise<void> {
  const unfinished = `${layout.settings}.unfinished`
  const file = await open(unfinished, 'w', 0o600)
  try {
    await file.writeFile(`${JSON.stringify(settings)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(unfinished, layout.settings)
}

export function newPassword(): string {
  return randomBytes(32).toString('hex')
}

/** The wanted port when it is free on loopback, else one that the system picks. */
export async function freePort(wanted: number): Promise<number> {
  return (await boundPort(wanted)) ?? (await boundPort(0)) ?? wanted
}

async function boundPort(port: number): Promise<number | null> {
  const server = createServer()
  try {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    return typeof address === 'object' ? (address?.port ?? null) : null
  } catch {
    return null
  } finally {
    server.close()
  }
}

/** Says what it needs in full, so that no PGSSLMODE of the environment changes it. */
export function urlOf(settings: ServerSettings, database: string = databaseName): string {
  return `postgres://${roleName}:${encodeURIComponent(settings.password)}@127.0.0.1:${settings.port}/${database}?sslmode=disable`
}
