/** What `npm run build` makes, run as it is shipped. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { programVersion } from '../../../agent/application/program.ts'
import { startProcess } from '../../support/child-process.ts'
import { createTestDatabase } from '../../support/database.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const root = join(import.meta.dirname, '../../..')
const run = promisify(execFile)
let out: string
let agent: string

beforeAll(async () => {
  // Below the project: the bundle looks for packages upwards from where it lies.
  await mkdir(join(root, 'out'), { recursive: true })
  out = await mkdtemp(join(root, 'out', 'test-'))
  agent = join(out, 'main', 'agent.js')
  await run(process.execPath, [join(root, 'scripts/build.ts'), '--out', out])
}, 60_000)

afterAll(() => rm(out, { recursive: true, force: true }))

describe('the bundle', () => {
  test('it finds what it ships beside its code', async () => {
    const { stdout } = await run(process.execPath, [agent, '--version'])
    expect(stdout).toBe(`${programVersion()}\n`)
  })

  test('it migrates an empty database, runs, and stops in good order at SIGTERM', async () => {
    const database = await createTestDatabase({ template: 'empty' })
    await using folder = await temporaryFolder()
    try {
      const where = ['--data-dir', folder.path, '--database-url', database.url, '--port', '0']
      await using child = startProcess(agent, ['agent', '--json', ...where])
      const told: { event: string; message: string; fields?: object; url?: string }[] = []
      while (told.at(-1)?.event !== 'console_ready') told.push(JSON.parse(await child.line()) as (typeof told)[number])
      expect(told.find(({ event }) => event === 'schema_ready')?.message).toContain('brought up to date')
      const answer = await fetch(`${told.at(-1)?.url}/readyz`)
      expect(answer.status).toBe(200)
      child.kill('SIGTERM')
      expect(await child.exited).toEqual({ code: 0, signal: null })
    } finally {
      await database.drop()
    }
  })

  test('it holds our own code only, and nothing of the console; Electron is for the entry of the desktop alone', async () => {
    const all = (await readdir(join(out, 'main'), { recursive: true })).filter((name) => name.endsWith('.js'))
    expect(await readFile(join(out, 'main/main.js'), 'utf8')).toContain('from "electron"')
    const names = all.filter((name) => name !== 'main.js')
    const texts = await Promise.all(names.map((name) => readFile(join(out, 'main', name), 'utf8')))
    const imported = new Set(
      texts.flatMap((text) => [...text.matchAll(/(?:from|import) ?\(?"([^".][^"]*)"/g)].map((m) => m[1])),
    )
    expect(imported).toContain('pg')
    expect([...imported].filter((name) => /^(?:electron|react|vite|@mantine)/.test(name ?? ''))).toEqual([])
    // A library that found its way in is larger than what ours grows by.
    expect(texts.join('').length).toBeLessThan(2_800_000)
  })

  test('the console asks for its parts from the root, so that a deep link finds them', async () => {
    const page = await readFile(join(out, 'renderer', 'index.html'), 'utf8')
    const parts = [...page.matchAll(/(?:src|href)="([^"]+\.(?:js|css))"/g)].map((match) => match[1] ?? '')
    expect(parts.length).toBeGreaterThan(0)
    for (const part of parts) {
      expect(part).toMatch(/^\/assets\//)
      expect(existsSync(join(out, 'renderer', part))).toBe(true)
    }
  })

  test('it is not built again while it is newer than its sources, and nothing half-done is left', async () => {
    const { stderr } = await run(process.execPath, [join(root, 'scripts/build.ts'), '--if-needed', '--out', out])
    expect(stderr).toBe('')
    expect((await readdir(out)).toSorted()).toEqual(['.built', 'icons', 'main', 'preload', 'renderer'])
  })
})
