import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { configFile, loadConfiguration } from '../../../agent/config.ts'
import { runnableJobTypes } from '../../../agent/jobs/catalog/catalog.ts'
import { problemFrom } from '../catalog/problem-of.ts'

let folder = ''
let file = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'configuration-'))
  file = join(folder, 'pipeline-manager.yaml')
})
afterEach(() => rmSync(folder, { recursive: true }))

function write(text: string): string {
  writeFileSync(file, text, { mode: 0o600 })
  return file
}

const scorecard = 'job_types:\n  scorecard: { steps: [{ key: scorecard, run: { command: [score] } }] }\n'

describe('one file holds the catalog and the settings', () => {
  test('both are read', () => {
    const environment = {
      PIPELINE_MANAGER_CONFIG: write(`${scorecard}settings:\n  concurrency: 3\n  data_dir: data\n`),
    }
    const { settings, catalog, warnings } = loadConfiguration({ flags: {}, environment })
    expect(settings).toMatchObject({ concurrency: 3, configFile: file, dataDirectory: join(folder, 'data') })
    expect(runnableJobTypes(catalog)).toEqual(['scorecard'])
    expect(warnings).toEqual([])
  })

  test('a wrong setting is named with its line', () => {
    write(`${scorecard}settings:\n  concurrency: many\n`)
    const problem = problemFrom(() => loadConfiguration({ flags: { config: file }, environment: {} }))
    expect(problem).toMatchObject({ code: 'invalid_configuration', field: 'concurrency', value: 'many' })
    expect(problem.message).toContain(`(from ${file}:4:3)`)
  })

  test('without a file there is the preset and the defaults', () => {
    expect(configFile({ flags: {}, environment: {} })).toBeNull()
    const { settings, catalog } = loadConfiguration({ flags: {}, environment: {} })
    expect(settings.port).toBe(4180)
    expect(catalog.baseDirectory).toBeNull()
  })

  test('a file that is named but missing is an error, not the preset', () => {
    const problem = problemFrom(() => loadConfiguration({ flags: { config: file }, environment: {} }))
    expect(problem).toMatchObject({ code: 'invalid_configuration', field: 'config', value: file })
  })

  test('J8: an allow-list with a job type that cannot run is a warning with the reason', () => {
    write(scorecard)
    const { warnings } = loadConfiguration({
      flags: { config: file, jobTypes: 'scorecard,meta_sync' },
      environment: {},
    })
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toContain('lists meta_sync, which cannot run here')
  })
})
