import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { dumpSchema, schemaFile } from '../../../scripts/dump-schema.ts'
import { createTestDatabase } from '../../support/database.ts'

test('schema.sql is what the migrations make (npm run schema rewrites it)', async () => {
  const database = await createTestDatabase()
  try {
    const fresh = await dumpSchema(await database.connect())
    expect(await readFile(schemaFile, 'utf8')).toBe(fresh)
  } finally {
    await database.drop()
  }
})
