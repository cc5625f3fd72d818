/** A server of another PostgreSQL version, where the machine has one: what we promise to work with is more than the embedded one. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createCluster } from '../../agent/store/embedded/cluster.ts'
import { layoutOf } from '../../agent/store/embedded/layout.ts'
import { findOperatingUser, makeFolder } from '../../agent/store/embedded/operating-user.ts'
import { startServer, stopServer } from '../../agent/store/embedded/server.ts'
import { freePort, newPassword, urlOf } from '../../agent/store/embedded/server-settings.ts'
import { temporaryFolder } from './temporary-folder.ts'

const folders = ['14', '15', '16', '17'].map((version) => ({ version, bin: `/usr/lib/postgresql/${version}/bin` }))

/** The oldest version installed where Debian puts them; undefined = none. */
export const installedServer = folders.find(({ bin }) => existsSync(join(bin, 'initdb')))

export interface SecondServer extends AsyncDisposable {
  /** Of its database `postgres`, as superuser. */
  readonly url: string
}

export async function startSecondServer(installed: { version: string; bin: string }): Promise<SecondServer> {
  const folder = await temporaryFolder()
  const layout = layoutOf(folder.path)
  const user = await findOperatingUser()
  await makeFolder(layout.root, user)
  const { version, bin } = installed
  const binaries = { initdb: join(bin, 'initdb'), serverControl: join(bin, 'pg_ctl'), version, major: version }
  const context = { layout, user, binaries }
  const settings = { port: await freePort(0), password: newPassword() }
  await createCluster(context, settings, 'none')
  const port = await startServer(context, settings.port, 'none')
  return {
    url: urlOf({ ...settings, port }, 'postgres'),
    [Symbol.asyncDispose]: async () => {
      await stopServer(context)
      await folder.remove()
    },
  }
}
