import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LocalStorage } from '../../../agent/connectors/storage/local-storage.ts'
import { storageSuite } from '../../support/storage-suite.ts'
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary-folder.ts'

let folder: TemporaryFolder
beforeAll(async () => {
  folder = await temporaryFolder()
})
afterAll(() => folder.remove())

describe('the local folder', () => {
  storageSuite(() => new LocalStorage(folder.path))

  test('leaves nothing behind of what is whole, and lets nobody else in', async () => {
    const own = join(folder.path, 'own')
    const { key } = await new LocalStorage(own).receive('file', async (incoming) => {
      await incoming.begin('"v1"')
      await incoming.write(Buffer.from('x'))
      return 'txt'
    })
    expect(await readdir(join(own, 'incoming'))).toEqual([])
    const file = await stat(join(own, 'files', key.slice(0, 2), key))
    expect(file.mode & 0o077).toBe(0)
  })
})
