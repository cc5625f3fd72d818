/** `pm export` and `pm apply`. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createTestConsole, type TestConsole } from '../../support/console.ts'
import {
  addEmptyOrganization,
  addSettingsAgent,
  addSettingsWorkspace,
  countActions,
} from '../../support/settings-workspace.ts'
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary-folder.ts'
import { type Answer, asRecords, type CommandOptions, command, documentOf, errorOf } from './command-line.ts'
import { containing } from './matchers.ts'

let pm: TestConsole
let folder: TemporaryFolder
beforeAll(async () => {
  pm = await createTestConsole()
  folder = await temporaryFolder('pipeline-manager-settings-')
})
afterAll(async () => {
  await folder.remove()
  await pm.stop()
})
beforeEach(async () => {
  await addSettingsAgent(pm)
  await addSettingsWorkspace(pm, 'Acme')
})
afterEach(() => pm.sql.query('truncate organizations, scheduled_jobs, agents, operator_actions cascade'))

const run = (args: string[], options: CommandOptions = {}): Promise<Answer> =>
  command([...args, '--database-url', pm.database.url], options)
async function fileOf(text: string, name = 'acme.yaml'): Promise<string> {
  const path = join(folder.path, name)
  await writeFile(path, text)
  return path
}
const exported = async (...args: string[]): Promise<string> => (await run(['export', ...args])).stdout

describe('pm export', () => {
  test('writes the settings of the only organization, on stdout or whole into a file, as YAML or JSON', async () => {
    const text = await exported()
    expect(text).toContain('format: pipeline-manager/v1')
    await mkdir(join(folder.path, 'out'), { recursive: true })
    const file = join(folder.path, 'out', 'acme.yaml')
    expect(await run(['export', '-o', file])).toMatchObject({
      code: 0,
      stdout: `Wrote 16 settings of Acme to ${file}.\n`,
    })
    expect(await readFile(file, 'utf8')).toBe(text)
    expect(await readdir(join(folder.path, 'out'))).toEqual(['acme.yaml'])
    expect(documentOf(await run(['export', '--json']))).toMatchObject({ format: 'pipeline-manager/v1' })
    const part = await exported('--only', 'schedules,mutes', '--brand', 'Acme')
    expect(part).toContain('only_brands: [ Acme ]')
    expect(part).not.toContain('routes')
  })

  test.each([
    [['--only', 'schedule'], { code: 'invalid_input', field: '--only', fix: 'Did you mean "schedules"?' }],
    [['--brand', 'Acne'], { code: 'not_found', fix: 'Did you mean "Acme"?' }],
    [['--brand', 'Acme', '--only', 'routes'], { code: 'invalid_input', field: 'only' }],
    [['-o', '/nowhere/at/all.yaml'], { code: 'invalid_input', field: '--output' }],
    [['--organization', 'Acmee'], { code: 'not_found' }],
  ])('%j is refused', async (args, expected) => {
    const answer = await run(['export', ...args, '--json'])
    expect(answer.code).toBe(2)
    expect(errorOf(answer)).toMatchObject(expected)
  })
})

describe('pm apply', () => {
  test('--dry-run changes nothing and says by exit code 3 that something would be changed', async () => {
    const file = await fileOf((await exported()).replace('cron: 0 6 * * *', 'cron: 0 7 * * *'))
    const before = await countActions(pm)
    const answer = await run(['apply', file, '--dry-run'])
    expect(answer.code).toBe(3)
    expect(answer.stdout).toMatch(
      /~ change +schedule +Acme · build · Nightly: build +cron: 0 6 \* \* \* → 0 7 \* \* \*/,
    )
    expect(answer.stdout).toContain('Acme: 1 to change; 15 as the file says.')
    expect(await countActions(pm)).toBe(before)
    expect((await run(['apply', await fileOf(await exported()), '--dry-run'])).code).toBe(0)
  })

  test('asks on a terminal, and does nothing without a yes', async () => {
    const file = await fileOf((await exported()).replace('cron: 0 6 * * *', 'cron: 0 7 * * *'))
    const no = await run(['apply', file], { isAsked: true, input: 'n\n' })
    expect(no).toMatchObject({ code: 1, stderr: 'Apply 1 change of Acme? [y/N] ' })
    expect(no.stdout).toContain('Nothing was changed.')
    expect((await run(['apply', file], { isAsked: true, input: '' })).code).toBe(1)
    const yes = await run(['apply', file], { isAsked: true, input: 'y\n' })
    expect(yes.code).toBe(0)
    expect(yes.stdout).toContain('Applied 1 of 1 change.')
    expect((await run(['apply', file, '--yes'])).stdout).toContain('Acme: nothing to do; 16 as the file says.')
  })

  test('Ctrl+C at the question is a no, at once', async () => {
    const file = await fileOf((await exported()).replace('cron: 0 6 * * *', 'cron: 0 7 * * *'))
    const before = await countActions(pm)
    const input = new PassThrough()
    const { promise, resolve } = Promise.withResolvers<string>()
    const onMessage = (chunk: string): void => (chunk.includes('[y/N]') ? resolve(chunk) : undefined)
    const asking = run(['apply', file], { isAsked: true, input, onMessage })
    await promise
    // The last that came is the command's own; a signal would reach those of the test runner as well.
    process.listeners('SIGINT').at(-1)?.('SIGINT')
    expect(await asking).toMatchObject({ code: 130, stdout: containing('Nothing was changed.') })
    expect(await countActions(pm)).toBe(before)
  })

  test('where nobody can be asked it takes --yes', async () => {
    const text = (await exported()).replace('cron: 0 6 * * *', 'cron: 0 7 * * *')
    const answer = await run(['apply', '-', '--json'], { input: text })
    expect(answer.code).toBe(2)
    expect(errorOf(answer)).toMatchObject({ code: 'invalid_input', field: '--yes' })
    const done = documentOf(await run(['apply', '-', '--yes', '--json'], { input: text }))
    expect(done).toMatchObject({ organization: 'Acme', same: 15, applied: { notShown: 0 } })
    expect(asRecords(done['changes'])).toMatchObject([{ action: 'change', section: 'schedules' }])
  })

  test('copies a whole set-up to another organization, which then is the same', async () => {
    const text = await exported('--organization', 'Acme')
    await addEmptyOrganization(pm, 'Production')
    const to = ['--organization', 'Production']
    const unknown = await run(['apply', '-', ...to, '--yes'], { input: text })
    expect(unknown.code).toBe(2)
    expect(unknown.stderr).toContain('names the brand "Acme", which is not there')
    const done = await run(['apply', '-', ...to, '--yes', '--create-brands'], { input: text })
    expect(done).toMatchObject({ code: 0, stderr: '' })
    expect(await exported(...to)).toBe(text)
  })

  test('what is refused does not stop the others, and the exit code says so', async () => {
    const text = `format: pipeline-manager/v1
policies: [{ brand: Acme, dataset: report, max_age_hours: 5 }]
triggers:
  - { brand: Acme, dataset: report, job_type: build }
`
    const answer = await run(['apply', '-', '--yes'], { input: text })
    expect(answer.code).toBe(2)
    expect(answer.stdout).toMatch(/problem +trigger Acme · report · build: It would start itself again/)
    expect(answer.stdout).toContain('Applied 1 of 2 changes; 1 refused.')
  })

  test.each([
    ['no such file', ['nowhere.yaml'], '', 'nowhere.yaml cannot be read'],
    ['not UTF-8', ['-'], Buffer.from([0xff, 0xfe, 0x00]), 'stdin cannot be read: it is not UTF-8'],
    ['10 MB', ['-'], Buffer.alloc(10 * 1024 * 1024, 'x'), 'stdin cannot be read: it is longer than 4194304 bytes'],
    ['not ours', ['-'], 'datasets: {}', 'stdin: format is missing'],
  ])('%s is refused before anything is looked at', async (_what, args, input, expected) => {
    const answer = await run(['apply', ...args, '--yes'], { input })
    expect(answer.code).toBe(2)
    expect(answer.stderr).toContain(expected)
  })
})
