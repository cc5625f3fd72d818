import { utimes } from 'node:fs/promises'
import { join } from 'node:path'
import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { LocalStorage } from '../../../agent/connectors/storage/local-storage.ts'
import type { ListedFile } from '../../../agent/connectors/storage/storage.ts'
import { removeUnusedFiles } from '../../../agent/housekeeping/unused-files.ts'
import type { DatabasePool } from '../../../agent/store/database.ts'
import { recordAsset } from '../../../agent/store/meta-ad-assets.ts'
import { TestClock } from '../../support/clock.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { addBrand } from '../../support/job-rows.ts'
import { housekeepingPool } from '../../support/old-rows.ts'
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary-folder.ts'

let database: TestDatabase
let client: pg.Client
let pool: DatabasePool
let folder: TemporaryFolder
let storage: LocalStorage
beforeAll(async () => {
  database = await createTestDatabase()
  client = await database.connect()
  pool = housekeepingPool(database.url)
})
beforeEach(async () => {
  folder = await temporaryFolder()
  storage = new LocalStorage(folder.path)
  await client.query('truncate organizations cascade')
  return () => folder.remove()
})
afterAll(async () => {
  await pool.stop()
  await database.drop()
})

const hours = (count: number): TestClock => new TestClock(new Date(Date.now() + count * 3_600_000))

async function received(text: string) {
  return storage.receive(text, async (incoming) => {
    await incoming.begin(null)
    await incoming.write(Buffer.from(text))
    return 'jpg'
  })
}

async function named(text: string): Promise<string> {
  const { brandId } = await addBrand(client, `Brand of ${text}`)
  const { key, sha256, bytes } = await received(text)
  const stored = { key, sha256, bytes, contentType: 'image/jpeg' }
  await recordAsset(pool, brandId, { kind: 'image', sourceId: text }, { stored })
  return key
}

const sweep = (clock: TestClock) => removeUnusedFiles({ database: pool, storage, clock })

describe('files of the device', () => {
  test('one that no row names goes after a day, one that is named stays', async () => {
    const kept = await named('kept')
    const { key: gone } = await received('gone')
    expect(await sweep(hours(23))).toEqual({ files: 0, bytes: 0 })
    expect(await storage.stat(gone)).not.toBeNull()
    expect(await sweep(hours(25))).toEqual({ files: 1, bytes: 4 })
    expect(await storage.stat(gone)).toBeNull()
    expect(await storage.stat(kept)).not.toBeNull()
  })

  test('what is named, or comes here again, while everything is looked through stays', async () => {
    const { brandId } = await addBrand(client, 'Brand of late')
    const [late, again, gone] = [await received('late'), await received('again'), await received('gone')]
    const { key, sha256, bytes } = late
    const meanwhile = async (): Promise<void> => {
      const stored = { key, sha256, bytes, contentType: 'image/jpeg' }
      await recordAsset(pool, brandId, { kind: 'image', sourceId: 'late' }, { stored })
      await utimes(
        join(folder.path, 'files', again.key.slice(0, 2), again.key),
        new Date(),
        new Date(Date.now() + 24 * 3_600_000),
      )
    }
    class Slow extends LocalStorage {
      override async *list(): AsyncIterable<ListedFile> {
        yield* super.list()
        await meanwhile()
      }
    }
    const slow = new Slow(folder.path)
    expect(await removeUnusedFiles({ database: pool, storage: slow, clock: hours(25) })).toMatchObject({ files: 1 })
    expect(await storage.stat(gone.key)).toBeNull()
    for (const file of [late, again]) expect(await storage.stat(file.key)).not.toBeNull()
  })

  test('what is being received stays, and so does what another database names', async () => {
    const kept = await named('kept')
    const { key: other } = await received('of another database')
    expect(await storage.isOf('another', true)).toBe(true)
    expect(await sweep(hours(25))).toEqual({ files: 0, bytes: 0 })
    expect(await storage.stat(other)).not.toBeNull()
    expect(await storage.stat(kept)).not.toBeNull()
    const size = await storage.receive('video', async (incoming) => {
      await incoming.begin(null)
      await incoming.write(Buffer.from('half'))
      await sweep(hours(25))
      await incoming.write(Buffer.from(' and half'))
      return 'mp4'
    })
    expect(size.bytes).toBe(13)
  })

  test('a database that names nothing in the folder does not take it', async () => {
    const { key } = await received('of a database that was here before')
    expect(await sweep(hours(25))).toEqual({ files: 0, bytes: 0 })
    expect(await storage.stat(key)).not.toBeNull()
    expect(await storage.isOf('whoever comes', false)).toBe(false)
  })

  test('of a brand that is gone, files go too', async () => {
    const key = await named('of the brand')
    await received('other')
    await sweep(hours(25))
    await client.query('truncate organizations cascade')
    expect(await sweep(hours(25))).toMatchObject({ files: 1 })
    expect(await storage.stat(key)).toBeNull()
  })
})
