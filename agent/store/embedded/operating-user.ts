/** PostgreSQL refuses to run as root. As root we run it as the OS user `postgres`; as anybody else, as ourselves. */
import { chmod, chown, mkdir } from 'node:fs/promises'
import { dirname, join, parse, sep } from 'node:path'
import { Problem } from '../../../shared/errors.ts'
import { runProgram } from './run-program.ts'

export interface OperatingUser {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

const serverUserName = 'postgres'

/** The user to run the server as; null = ourselves. Creates it when we are root and it is missing. */
export async function findOperatingUser(): Promise<OperatingUser | null> {
  if (process.getuid?.() !== 0) return null
  const found = (await lookUp()) ?? (await create())
  if (found !== null) return found
  throw new Problem(
    'unavailable',
    `The database server cannot run as root, and there is no OS user "${serverUserName}".`,
    {
      fix:
        `Create one (useradd --system ${serverUserName}), start the program as an ordinary user, ` +
        'or name a database with --database-url.',
    },
  )
}

async function lookUp(): Promise<OperatingUser | null> {
  const [uid, gid] = await Promise.all([numberFrom('-u'), numberFrom('-g')])
  return uid === null || gid === null ? null : { name: serverUserName, uid, gid }
}

async function numberFrom(flag: '-u' | '-g'): Promise<number | null> {
  const { code, output } = await runProgram('id', [flag, serverUserName], asOurselves)
  const value = Number(output.trim())
  return code === 0 && Number.isInteger(value) && value > 0 ? value : null
}

async function create(): Promise<OperatingUser | null> {
  const args = ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', serverUserName]
  await runProgram('useradd', args, asOurselves)
  return lookUp()
}

const asOurselves = { user: null, workingDirectory: '/' }

/** Makes the folder and what is missing above it; for another OS user they are made so that it can pass through. */
export async function makeFolder(folder: string, user: OperatingUser | null): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode: 0o700 })
  if (first === undefined || user === null) return
  for (let made = folder; made.length >= first.length; made = dirname(made)) await chmod(made, 0o711)
}

export async function giveTo(file: string, user: OperatingUser | null): Promise<void> {
  if (user !== null) await chown(file, user.uid, user.gid)
}

/** The first folder on the way from the root that the user may not enter, or null. Asks the system itself, so ACLs count. */
export async function firstClosedFolder(folder: string, user: OperatingUser | null): Promise<string | null> {
  if (user === null) return null
  const script = 'for d in "$@"; do cd "$d" 2>/dev/null || { printf %s "$d"; exit 1; }; done'
  const { code, output } = await runProgram('/bin/sh', ['-c', script, 'sh', ...pathTo(folder)], {
    user,
    workingDirectory: '/',
  })
  return code === 0 ? null : output
}

function pathTo(folder: string): string[] {
  const { root } = parse(folder)
  const folders = [root]
  for (const part of folder.slice(root.length).split(sep)) folders.push(join(folders.at(-1) ?? root, part))
  return folders
}

/** Throws a Problem that names the folder the server's user cannot enter. */
export async function requireEnterable(folder: string, user: OperatingUser | null): Promise<void> {
  const closed = await firstClosedFolder(folder, user)
  if (closed === null || user === null) return
  throw new Problem('unavailable', `The OS user "${user.name}", who runs the database, cannot enter ${closed}.`, {
    field: 'data-dir',
    value: closed,
    fix: `Allow it (chmod o+x ${closed}) or choose another folder with --data-dir.`,
  })
}
