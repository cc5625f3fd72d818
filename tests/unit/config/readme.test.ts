import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { settingsMarkdown } from '../../../agent/config.ts'

test('the README lists exactly the settings that exist', () => {
  const readme = readFileSync(path.join(import.meta.dirname, '../../../README.md'), 'utf8')
  expect(readme).toContain(`-->\n${settingsMarkdown().trim()}\n<!-- /settings -->`)
})

test('agents of the README are built before they start: "npm run pm" builds nothing, so the console would be missing or an older one', () => {
  const readme = readFileSync(path.join(import.meta.dirname, '../../../README.md'), 'utf8')
  expect(readme).not.toContain('npm run pm -- agent')
  expect(readme).toContain('npm run agent -- --config pipeline-manager.yaml')
})
