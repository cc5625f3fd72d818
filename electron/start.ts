/** `npm start`: the desktop where one can be shown, otherwise the headless agent, in this very process. Says which, and why. */
import { join } from 'node:path'
import { programFolder } from '../agent/application/program.ts'
import { processEnvironment } from '../agent/config.ts'
import { systemClock } from '../shared/clock.ts'
import { findElectron } from './electron-program.ts'
import { startDesktop } from './start-desktop.ts'
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
const say = (words: string): boolean => process.stderr.write(`${words}\n`)
say(start.words)
if (start.mode === 'desktop') {
  process.exitCode = await startDesktop({
    program: start.program,
    parameters: [programFolder, `--node=${process.execPath}`],
    folder: programFolder,
    platform: process.platform,
    clock: systemClock,
    say,
  })
} else {
  process.argv.splice(1, process.argv.length, join(programFolder, 'out/main/agent.js'), 'start', ...given)
  await import('../agent/main.ts')
}
