/** What every storage promises; each implementation runs it. */
import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import type { Incoming, Storage } from '../../agent/connectors/storage/storage.ts'
import { rejection } from '../unit/executors/step-context.ts'

/** `open` gives the same storage again, as another process would open it. */
export function storageSuite(open: () => Storage): void {
  const bytes = (text: string): Buffer => Buffer.from(text)
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

  const writing =
    (text: string, version: string | null = '"v1"') =>
    async (incoming: Incoming): Promise<string> => {
      await incoming.begin(version)
      await incoming.write(bytes(text))
      return 'txt'
    }

  /** Breaks off after writing. */
  const breaking = (text: string, version: string | null) => async (incoming: Incoming) => {
    if (incoming.received === 0) await incoming.begin(version)
    await incoming.write(bytes(text))
    throw new Error('broken off')
  }

  async function contentOf(key: string): Promise<string> {
    const parts: Uint8Array[] = []
    for await (const part of open().read(key)) parts.push(part)
    return Buffer.concat(parts).toString()
  }

  test('a file is named after what is in it, and comes back as it was', async () => {
    const file = await open().receive('one', writing('hello'))
    expect(file).toEqual({ key: `${sha256('hello')}.txt`, sha256: sha256('hello'), bytes: 5 })
    expect(await contentOf(file.key)).toBe('hello')
    expect(await open().stat(file.key)).toMatchObject({ bytes: 5 })
  })

  test('the same content under two names is one file', async () => {
    const [one, other] = [await open().receive('one', writing('same')), await open().receive('other', writing('same'))]
    expect(other).toEqual(one)
    expect(await open().remove(one.key)).toBe(true)
    expect(await open().stat(other.key)).toBeNull()
    expect(await open().remove(one.key)).toBe(false)
  })

  test('what broke off is gone on with, also by another process', async () => {
    await rejection(open().receive('broken', breaking('hel', '"v1"')))
    const file = await open().receive('broken', async (incoming) => {
      expect(incoming).toMatchObject({ received: 3, version: '"v1"' })
      expect((await incoming.head(8)).toString()).toBe('hel')
      await incoming.write(bytes('lo'))
      return 'txt'
    })
    expect(file.sha256).toBe(sha256('hello'))
    expect(await contentOf(file.key)).toBe('hello')
  })

  test('what broke off can be begun anew, with another version', async () => {
    await rejection(open().receive('again', breaking('wrong', '"v1"')))
    const file = await open().receive('again', writing('right', '"v2"'))
    expect(file.sha256).toBe(sha256('right'))
  })

  test('what broke off without a version is forgotten', async () => {
    await rejection(open().receive('nameless', breaking('hel', null)))
    await open().receive('nameless', async (incoming) => {
      expect(incoming).toMatchObject({ received: 0, version: null })
      return writing('x')(incoming)
    })
  })

  test('nothing is there before it is whole', async () => {
    await open().receive('unfinished', async (incoming) => {
      await incoming.begin('"v1"')
      await incoming.write(bytes('unfinished'))
      expect(await open().stat(`${sha256('unfinished')}.txt`)).toBeNull()
      return 'txt'
    })
    expect(await open().stat(`${sha256('unfinished')}.txt`)).not.toBeNull()
  })

  test('two never receive under one name at the same time', async () => {
    await open().receive('shared', async (incoming) => {
      expect(await rejection(open().receive('shared', writing('second')))).toMatchObject({ code: 'conflict' })
      return writing('first')(incoming)
    })
    await open().receive('shared', writing('third'))
  })

  test('an empty file is a file', async () => {
    expect(await open().receive('empty', writing(''))).toMatchObject({ bytes: 0, sha256: sha256('') })
  })

  test('a name may hold anything, a key may not', async () => {
    await open().receive('../../etc/passwd \0 \u202e', writing('safe'))
    for (const key of ['../secret', 'a/b', '', `${sha256('safe')}.txt/..`]) {
      expect(await rejection(open().stat(key))).toMatchObject({ code: 'invalid_input' })
    }
    const missing = `${'0'.repeat(64)}.txt`
    expect(await rejection(open().read(missing)[Symbol.asyncIterator]().next())).toMatchObject({ code: 'not_found' })
  })
}
