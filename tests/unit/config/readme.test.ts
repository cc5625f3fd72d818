import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { settingsMarkdown } from '../../../agent/config.ts'
import { catalogReference, referenceFile } from '../../../scripts/catalog-reference.ts'

test('the README lists exactly the settings that exist', () => {
  const readme = readFileSync(path.join(import.meta.dirname, '../../../README.md'), 'utf8')
  expect(readme).toContain(`-->\n${settingsMarkdown().trim()}\n<!-- /settings -->`)
})

test('agents of the README are built before they start: "npm run pm" builds nothing, so the console would be missing or an older one', () => {
  const readme = readFileSync(path.join(import.meta.dirname, '../../../README.md'), 'utf8')
  expect(readme).not.toContain('npm run pm -- agent')
  expect(readme).toContain('npm run agent -- --config pipeline-manager.yaml')
})

test('docs/catalog.md is what the schemas of the catalog make of it, and every key is described', () => {
  const written = readFileSync(referenceFile, 'utf8')
  expect(catalogReference()).toBe(written)
  for (const key of ['job_types.<name>.secrets', 'connections.<name>.max_rows', 'http.expect_status', 'with']) {
    expect(written).toContain(`| \`${key}\` |`)
  }
})
