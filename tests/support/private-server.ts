/** A crash-safe server of a test's own, to be restarted under the feet of its clients. */
import { findBinaries } from '../../agent/store/embedded/binaries.ts'
import { createCluster } from '../../agent/store/embedded/cluster.ts'
import { layoutOf } from '../../agent/store/embedded/layout.ts'
import { findOperatingUser, makeFolder } from '../../agent/store/embedded/operating-user.ts'
import { runProgram } from '../../agent/store/embedded/run-program.ts'
import { startServer, stopServer } from '../../agent/store/embedded/server.ts'
import { freePort, newPassword, urlOf } from '../../agent/store/embedded/server-settings.ts'
import { temporaryFolder } from './temporary-folder.ts'

export interface PrivateServer extends AsyncDisposable {
  /** Of its database `postgres`, as superuser. */
  readonly url: string
  /** `immediate` = as a crash. Resolves when it takes connections again. */
  restart(mode: 'fast' | 'immediate'): Promise<void>
}

export async function startPrivateServer(): Promise<PrivateServer> {
  const folder = await temporaryFolder()
  const layout = layoutOf(folder.path)
  const user = await findOperatingUser()
  await makeFolder(layout.root, user)
  const binaries = await findBinaries(layout, user)
  const context = { layout, user, binaries }
  const settings = { port: await freePort(0), password: newPassword() }
  await createCluster(context, settings, 'full')
  const port = await startServer(context, settings.port, 'full')
  return {
    url: urlOf({ ...settings, port }, 'postgres'),
    restart: async (mode) => {
      const args = ['restart', '-D', layout.data, '-l', layout.log, '-m', mode, '-w', '-s', '-t', '60']
      const { code, output } = await runProgram(binaries.serverControl, args, { user, workingDirectory: layout.root })
      if (code !== 0) throw new Error(`the server did not restart: ${output}`)
    },
    [Symbol.asyncDispose]: async () => {
      await stopServer(context)
      await folder.remove()
    },
  }
}
