/** `npm start`: the desktop where one can be shown, otherwise the headless agent, in this very process. Says which, and why. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { programFolder } from '../agent/application/program.ts'
import { processEnvironment } from '../agent/config.ts'
import { findElectron } from './electron-program.ts'
import { startMode } from './start-mode.ts'

const given = process.argv.slice(2)
const environment = processEnvironment()
const start = startMode({
  platform: process.platform,
  userId: process.getuid?.() ?? null,
  environment,
  electron: findElectron(programFolder, environment),
  given,
})
// On stderr: what the agent writes on stdout is the agent's alone.
process.stderr.write(`${start.words}\n`)
if (start.mode === 'desktop') {
  const flags = [programFolder, `--node=${process.execPath}`]
  const child = spawn(start.program, flags, { cwd: programFolder, stdio: 'inherit' })
  // Ctrl+C in the terminal is for the desktop, which gives running work back before it ends.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal))
  child.once('exit', (code) => {
    process.exitCode = code ?? 1
  })
} else {
  process.argv.splice(1, process.argv.length, join(programFolder, 'out/main/agent.js'), 'start', ...given)
  await import('../agent/main.ts')
}
