import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findElectron } from '../../../electron/electron-program.ts'
import { type StartFacts, startMode } from '../../../electron/start-mode.ts'
import { toldStartProblem } from '../../../electron/told-problem.ts'
import { Problem } from '../../../shared/errors.ts'
import { startProcess } from '../../support/child-process.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const laptop: StartFacts = {
  platform: 'linux',
  userId: 1000,
  environment: { DISPLAY: ':0' },
  electron: '/opt/electron',
  given: [],
}

test('a laptop opens the desktop, and says how to go without', () => {
  expect(startMode(laptop)).toMatchObject({ mode: 'desktop', program: '/opt/electron' })
  expect(startMode(laptop).words).toContain('--headless')
  expect(startMode({ ...laptop, environment: { WAYLAND_DISPLAY: 'wayland-0' } }).mode).toBe('desktop')
  expect(startMode({ ...laptop, platform: 'darwin', environment: {} }).mode).toBe('desktop')
})

test.each<[string, Partial<StartFacts>, string]>([
  ['no binary', { electron: null }, 'npx install-electron'],
  ['no display', { environment: {} }, 'DISPLAY'],
  ['root', { userId: 0 }, 'root has no sandbox'],
  ['a flag', { given: ['--headless'] }, 'asked for'],
  ['a setting', { environment: { DISPLAY: ':0', PIPELINE_MANAGER_HEADLESS: 'true' } }, 'asked for'],
  ['flags of the agent', { given: ['--port', '0'] }, 'flags are for the headless agent'],
])('otherwise the headless agent starts, and says why: %s', (_what, changes, words) => {
  const start = startMode({ ...laptop, ...changes })
  expect(start.mode).toBe('headless')
  expect(start.words).toContain(words)
})

test('the binary is looked for without asking the package, which would begin to download it', async () => {
  await using folder = await temporaryFolder()
  const electron = join(folder.path, 'node_modules/electron')
  expect(findElectron(folder.path, {})).toBeNull()
  await mkdir(join(electron, 'dist'), { recursive: true })
  await writeFile(join(electron, 'path.txt'), 'electron')
  expect(findElectron(folder.path, {})).toBeNull()
  await writeFile(join(electron, 'dist/electron'), '')
  expect(findElectron(folder.path, {})).toBe(join(electron, 'dist/electron'))
  expect(findElectron(folder.path, { ELECTRON_EXEC_PATH: join(folder.path, 'none') })).toBeNull()
})

test('Ctrl+C on npm start reaches the desktop once, however many pass it on; a later one reaches it again', async () => {
  await using starter = startProcess(join(import.meta.dirname, '../support/starter.ts'))
  expect(await starter.line()).toBe('ready')
  const heard = async (): Promise<string> => {
    starter.say('how many?')
    return starter.line()
  }
  starter.killGroup('SIGINT')
  expect(await starter.line()).toBe('passed on')
  // As npm does, which has heard it as well.
  starter.kill('SIGINT')
  expect(await starter.line()).toBe('passed on')
  expect(await heard()).toBe('heard 1')
  starter.kill('SIGUSR2')
  expect(await starter.line()).toBe('a second later')
  starter.killGroup('SIGINT')
  expect(await starter.line()).toBe('passed on')
  expect(await heard()).toBe('heard 2')
  starter.endInput()
  expect(await starter.exited).toEqual({ code: 2, signal: null })
})

test('why the agent did not start names nothing that an installed desktop does not take', () => {
  const told = (code: 'already_running' | 'unavailable', fix: string) =>
    toldStartProblem(new Problem(code, 'It did not start.', { fix })).fix
  expect(told('already_running', 'Stop that one first, or give this one another name with --agent-name.')).toBe(
    'Stop that one first (it may be a headless agent of yours, in a terminal or as a service), then try again here.',
  )
  expect(told('unavailable', 'Choose another folder with --data-dir.')).toBe(
    'Choose another folder with PIPELINE_MANAGER_DATA_DIR in the environment.',
  )
  expect(told('unavailable', 'Check its spelling in --database-url.')).toBe(
    'Check its spelling in the URL in Settings.',
  )
  expect(toldStartProblem(new Error('no'))).toEqual({ message: 'no', fix: null })
})
