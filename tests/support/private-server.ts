/** A crash-safe server of a test's own, to be restarted, or taken away for a while, under the feet of its clients. */
import { execFile } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { promisify } from 'node:util'
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
  /** Resolves when it is gone. */
  stop(mode: 'fast' | 'immediate'): Promise<void>
  /** While it is stopped: remembers all that is in it. */
  backUp(): Promise<void>
  /** While it is stopped: everything is as it was then. */
  restoreBackUp(): Promise<void>
  /** Under the same address. Resolves when it takes connections again. */
  start(): Promise<void>
}

/** Below those that systems hand out for outgoing connections: while the server is away, nobody gets its port by chance. */
const ports = { from: 15_000, to: 30_000 }

export async function startPrivateServer(): Promise<PrivateServer> {
  const folder = await temporaryFolder()
  const layout = layoutOf(folder.path)
  const user = await findOperatingUser()
  await makeFolder(layout.root, user)
  const binaries = await findBinaries(layout, user)
  const context = { layout, user, binaries }
  const settings = { port: await freePort(randomInt(ports.from, ports.to)), password: newPassword() }
  await createCluster(context, settings, 'full')
  const port = await startServer(context, settings.port, 'full')
  const control = async (action: string, ...more: string[]): Promise<void> => {
    const args = [action, '-D', layout.data, '-w', '-s', '-t', '60', ...more]
    const { code, output } = await runProgram(binaries.serverControl, args, { user, workingDirectory: layout.root })
    if (code !== 0) throw new Error(`the server did not ${action}: ${output}`)
  }
  return {
    url: urlOf({ ...settings, port }, 'postgres'),
    restart: (mode) => control('restart', '-l', layout.log, '-m', mode),
    stop: (mode) => control('stop', '-m', mode),
    start: () => control('start', '-l', layout.log),
    backUp: () => copy(layout.data, `${layout.data}.backup`),
    restoreBackUp: () => copy(`${layout.data}.backup`, layout.data),
    [Symbol.asyncDispose]: async () => {
      await stopServer(context)
      await folder.remove()
    },
  }
}

/** With owners and modes, in place of what is there. */
async function copy(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true })
  await promisify(execFile)('cp', ['-a', from, to])
}
