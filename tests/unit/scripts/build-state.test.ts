import { mkdir, rm, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { entries, isBuilt, isCurrent } from '../../../scripts/build-state.ts'
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary-folder.ts'

let project: TemporaryFolder
let out: string

/** Seconds since 1970; everything starts as old as this. */
const before = 1_000_000
const later = before + 10

async function put(name: string, seconds: number): Promise<void> {
  const file = join(project.path, name)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, '')
  await utimes(file, seconds, seconds)
}

async function touch(name: string, seconds: number): Promise<void> {
  await utimes(join(project.path, name), seconds, seconds)
}

beforeEach(async () => {
  project = await temporaryFolder()
  out = join(project.path, 'out')
  for (const name of ['agent/main.ts', 'agent/cli/start.ts', 'shared/clock.ts', 'renderer/main.tsx', 'package.json'])
    await put(name, before)
  for (const folder of ['agent', 'agent/cli', 'shared', 'renderer']) await touch(folder, before)
  for (const name of ['.built', ...entries]) await put(join('out', name), later)
})

afterEach(() => project.remove())

test('a build that is newer than every source is current', async () => {
  expect(await isCurrent(project.path, out)).toBe(true)
})

test.each([
  'agent/main.ts',
  'agent/cli/start.ts',
  'renderer/main.tsx',
  'package.json',
  'package-lock.json',
  'electron/main.ts',
])('it is not when %s is changed after it began', async (name) => {
  await put(name, later)
  for (const folder of ['agent', 'agent/cli', 'renderer']) await touch(folder, before)
  expect(await isCurrent(project.path, out)).toBe(false)
})

test('nor when a source was removed', async () => {
  await rm(join(project.path, 'agent/cli/start.ts'))
  expect(await isCurrent(project.path, out)).toBe(false)
})

test.each(['.built', ...entries])('nor when %s is missing', async (name) => {
  await rm(join(out, name))
  expect(await isCurrent(project.path, out)).toBe(false)
  expect(await isBuilt(out)).toBe(name === '.built')
})
