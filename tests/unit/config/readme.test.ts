import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { settingsMarkdown } from '../../../agent/config.ts'

test('the README lists exactly the settings that exist', () => {
  const readme = readFileSync(path.join(import.meta.dirname, '../../../README.md'), 'utf8')
  expect(readme).toContain(`-->\n${settingsMarkdown().trim()}\n<!-- /settings -->`)
})
