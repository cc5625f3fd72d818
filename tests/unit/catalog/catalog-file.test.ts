import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Catalog, runnableJobTypes } from '../../../agent/jobs/catalog/catalog.ts'
import { readCatalogFile, refuseForeignWriters } from '../../../agent/jobs/catalog/catalog-file.ts'
import { catalogOf } from '../../../agent/jobs/catalog/load-catalog.ts'
import { parseCatalog } from '../../../agent/jobs/catalog/parse-catalog.ts'
import { problemFrom } from './problem-of.ts'

const content = 'job_types:\n  scorecard: { steps: [{ key: scorecard, run: { command: [score] } }] }\n'
let folder = ''
let file = ''

function loaded(path: string): Catalog {
  return catalogOf(parseCatalog(readCatalogFile(path), path))
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'catalog-'))
  file = join(folder, 'pipeline-manager.yaml')
  writeFileSync(file, content, { mode: 0o644 })
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('what runs comes only from a local file that nobody else can change', () => {
  test('a file of one’s own is read, and its folder is the base of relative paths', () => {
    const catalog = loaded(file)
    expect(runnableJobTypes(catalog)).toEqual(['scorecard'])
    expect(catalog.baseDirectory).toBe(folder)
  })

  test.skipIf(process.platform === 'win32').each([
    [0o664, 'its group'],
    [0o646, 'everybody'],
    [0o666, 'everybody'],
  ])('mode %o is refused: it can be changed by %s', (mode, who) => {
    chmodSync(file, mode)
    const problem = problemFrom(() => readCatalogFile(file))
    expect(problem).toMatchObject({ code: 'invalid_configuration', field: 'config', value: file })
    expect(problem.message).toContain(`can be changed by ${who}`)
    expect(problem.fix).toBe(`Run: chmod go-w ${file}`)
  })

  test.skipIf(process.platform === 'win32')('a link does not hide the mode of its target', () => {
    chmodSync(file, 0o666)
    const link = join(folder, 'link.yaml')
    symlinkSync(file, link)
    expect(problemFrom(() => readCatalogFile(link)).message).toContain('everybody')
  })

  test('a file of another user is refused, of root it is not', () => {
    const problem = problemFrom(() => refuseForeignWriters('/etc/pm a.yaml', { uid: 1001, mode: 0o100644 }, 1000))
    expect(problem.message).toContain('belongs to another user (id 1001)')
    expect(problem.fix).toBe("Run: chown 1000 '/etc/pm a.yaml'")
    expect(() => refuseForeignWriters('/etc/pm.yaml', { uid: 0, mode: 0o100644 }, 1000)).not.toThrow()
    expect(() => refuseForeignWriters('C:\\pm.yaml', { uid: 0, mode: 0o100666 }, undefined)).not.toThrow()
  })

  test('a missing file is named', () => {
    const problem = problemFrom(() => readCatalogFile(join(folder, 'missing.yaml')))
    expect(problem.code).toBe('invalid_configuration')
    expect(problem.message).toContain('missing.yaml cannot be read')
    expect(problem.fix).toContain('--config')
  })

  test('a folder is not a file', () => {
    expect(problemFrom(() => readCatalogFile(folder)).message).toMatch(/is not a file|cannot be read/)
  })

  test('bad input 19: a file over 1 MB is not read', () => {
    writeFileSync(file, '#'.repeat(1024 * 1024 + 1))
    expect(problemFrom(() => readCatalogFile(file)).message).toContain('is larger than 1048576 bytes')
  })

  test('bad input 38: a file that is not UTF-8 is refused, with a byte order mark it is fine', () => {
    writeFileSync(file, Buffer.from([0x61, 0xff, 0xfe]))
    expect(problemFrom(() => readCatalogFile(file)).message).toContain('is not UTF-8 text')
    writeFileSync(file, `\uFEFF${content}`)
    expect(runnableJobTypes(loaded(file))).toEqual(['scorecard'])
  })
})
