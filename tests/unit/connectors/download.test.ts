import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type DownloadOptions, download } from '../../../agent/connectors/download/download.ts'
import { createGuardedFetch } from '../../../agent/connectors/download/guarded-fetch.ts'
import { mediaTypeOf } from '../../../agent/connectors/download/media-type.ts'
import { LocalStorage } from '../../../agent/connectors/storage/local-storage.ts'
import { jpeg } from '../../../examples/meta-simulator/media/jpeg.ts'
import { mp4 } from '../../../examples/meta-simulator/media/mp4.ts'
import { png } from '../../../examples/meta-simulator/media/png.ts'
import { describeError } from '../../../shared/errors.ts'
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary-folder.ts'
import { rejection } from '../executors/step-context.ts'

let folder: TemporaryFolder
let server: Server
let answer: RequestListener
/** Headers `range` and `if-range` of each request. */
let asked: (string | undefined)[][] = []
beforeAll(async () => {
  folder = await temporaryFolder()
})
afterAll(() => folder.remove())
beforeEach(async () => {
  asked = []
  server = createServer((request, response) => {
    asked.push([request.headers.range, request.headers['if-range'] as string | undefined])
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

let names = 0
function get(changes: Partial<DownloadOptions> = {}) {
  names += 1
  const { port } = server.address() as AddressInfo
  return download(`http://127.0.0.1:${port}/file`, {
    fetch,
    storage: new LocalStorage(folder.path),
    name: `file ${names}`,
    kind: 'video',
    mostBytes: 1_000_000,
    silenceMs: 10_000,
    signal: new AbortController().signal,
    ...changes,
  })
}

const film = mp4(7)

/** Sends the film, or the rest of it when it is asked for as it is now. */
function serving(etag = '"one"'): RequestListener {
  return (request, response) => {
    const [, first] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? []
    const isRest = first !== undefined && request.headers['if-range'] === etag
    const part = film.subarray(isRest ? Number(first) : 0)
    const range = isRest ? { 'content-range': `bytes ${first}-${film.length - 1}/${film.length}` } : {}
    response.writeHead(isRest ? 206 : 200, { etag, 'content-length': part.length, ...range }).end(part)
  }
}

/** The connection of each answer breaks after so many bytes, when they have arrived; those after them are whole. */
function breaking(...bytes: number[]): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, init)
    const most = bytes.shift()
    if (most === undefined) return response
    const whole = Buffer.from(await response.arrayBuffer())
    let isSent = false
    const pull = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
      if (isSent) controller.error(new Error('reset by the test'))
      else controller.enqueue(whole.subarray(0, most))
      isSent = true
    }
    const body = new ReadableStream({ pull }, { highWaterMark: 0 })
    return new Response(body, { status: response.status, headers: response.headers })
  }
}

describe('download', () => {
  test('broken off twice, it goes on with ranges, and the file is whole', async () => {
    answer = serving()
    const file = await get({ fetch: breaking(10_000, 20_000) })
    expect(file).toMatchObject({ bytes: film.length, contentType: 'video/mp4' })
    expect(asked).toEqual([
      [undefined, undefined],
      ['bytes=10000-', '"one"'],
      ['bytes=30000-', '"one"'],
    ])
    const stored: Uint8Array[] = []
    for await (const part of new LocalStorage(folder.path).read(file.key)) stored.push(part)
    expect(Buffer.concat(stored).equals(film)).toBe(true)
  })

  test('broken off three times, it is a failure; the next run goes on from there', async () => {
    answer = serving()
    const name = 'from run to run'
    expect(await rejection(get({ name, fetch: breaking(1_000, 1_000, 1_000) }))).toMatchObject({ kind: 'broken_off' })
    expect(await get({ name })).toMatchObject({ bytes: film.length })
    expect(asked.at(-1)).toEqual(['bytes=3000-', '"one"'])
  })

  test('a file that has changed since is begun anew', async () => {
    const name = 'changed'
    answer = serving('"old"')
    await rejection(get({ name, fetch: breaking(1_000, 1_000, 1_000) }))
    answer = serving('"new"')
    expect(await get({ name })).toMatchObject({ bytes: film.length })
  })

  test('without a strong tag nothing is gone on with', async () => {
    answer = serving('W/"weak"')
    await get({ fetch: breaking(10_000) })
    expect(asked).toEqual([
      [undefined, undefined],
      [undefined, undefined],
    ])
  })

  test('bad input: too large by what the server says: refused before anything comes', async () => {
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': 3 * 1024 ** 3 })
      response.write(film)
    }
    const failure = await rejection(get())
    expect(failure).toMatchObject({ kind: 'refused', message: 'it has 3,072 MB; at most 1 MB are kept' })
    expect(asked).toHaveLength(1)
  })

  test('bad input: too large without saying so: refused as soon as it is', async () => {
    answer = (_, response) => {
      response.write(film)
      const more = setInterval(() => response.write(Buffer.alloc(100_000)), 1)
      response.on('close', () => clearInterval(more))
    }
    expect(await rejection(get())).toMatchObject({ kind: 'refused', message: 'it does not end; at most 1 MB are kept' })
  })

  test.each([
    ['a web page', Buffer.from('<!doctype html><html><title>Log in</title></html>')],
    ['a picture', png(7)],
    ['nothing', Buffer.alloc(0)],
  ])('bad input: a video that is %s is refused', async (_, content) => {
    answer = (_request, response) => response.end(content)
    expect(await rejection(get())).toMatchObject({ kind: 'refused', message: 'what came is no video' })
  })

  test.each([404, 403, 410])('status %i is refused, and asked for once', async (status) => {
    answer = (_, response) => response.writeHead(status).end()
    expect(await rejection(get())).toMatchObject({ kind: 'refused' })
    expect(asked).toHaveLength(1)
  })

  test('status 503 is tried again', async () => {
    answer = (_, response) => response.writeHead(503).end()
    expect(await rejection(get())).toMatchObject({ kind: 'broken_off', message: 'the server answered with status 503' })
    expect(asked).toHaveLength(3)
  })

  test('a server that falls silent has broken off', async () => {
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': film.length })
      response.write(film.subarray(0, 100))
    }
    expect(String(await rejection(get({ silenceMs: 50 })))).toContain('nothing came for 0.05 s')
  })

  test('J11: an abort ends it', async () => {
    const abort = new AbortController()
    answer = (_, response) => {
      response.write(film.subarray(0, 100))
      abort.abort(new Error('cancelled'))
    }
    expect(await rejection(get({ signal: abort.signal }))).toMatchObject({ message: 'cancelled' })
  })
})

test('what a file is, its first bytes tell', () => {
  expect(mediaTypeOf('image', png(1))).toEqual({ contentType: 'image/png', extension: 'png' })
  expect(mediaTypeOf('image', jpeg(1))).toEqual({ contentType: 'image/jpeg', extension: 'jpg' })
  expect(mediaTypeOf('video', film)).toEqual({ contentType: 'video/mp4', extension: 'mp4' })
  expect(mediaTypeOf('image', Buffer.from('RIFF....WEBPVP8 '))).toMatchObject({ extension: 'webp' })
  expect(mediaTypeOf('image', Buffer.from('....ftypavif'))).toMatchObject({ extension: 'avif' })
  expect(mediaTypeOf('video', Buffer.from('....ftypavif'))).toBeNull()
  expect(mediaTypeOf('image', film)).toBeNull()
})

describe('guarded fetch', () => {
  test('reaches no private address, by number or by name, unless it is listed', async () => {
    answer = (_, response) => response.end('inside')
    const { port } = server.address() as AddressInfo
    const guarded = createGuardedFetch({ allowHosts: [] })
    const open = createGuardedFetch({ allowHosts: [`127.0.0.1:${port}`] })
    try {
      for (const host of ['127.0.0.1', '[::ffff:127.0.0.1]', '2130706433']) {
        const failure = await rejection(guarded.fetch(`http://${host}:${port}/`))
        expect(describeError(failure)).toContain('an address of a private network')
      }
      expect(asked).toEqual([])
      expect(await (await open.fetch(`http://127.0.0.1:${port}/`)).text()).toBe('inside')
    } finally {
      await guarded.stop()
      await open.stop()
    }
  })

  test('nor by a redirect', async () => {
    const inner = createServer((_, response) => response.end('secret'))
    await new Promise<void>((resolve) => inner.listen(0, '127.0.0.1', resolve))
    const target = `http://127.0.0.1:${(inner.address() as AddressInfo).port}/`
    answer = (_, response) => response.writeHead(302, { location: target }).end()
    const { port } = server.address() as AddressInfo
    const guarded = createGuardedFetch({ allowHosts: [`127.0.0.1:${port}`] })
    try {
      const failure = await rejection(guarded.fetch(`http://127.0.0.1:${port}/`))
      expect(describeError(failure)).toContain('an address of a private network')
    } finally {
      await guarded.stop()
      await new Promise((resolve) => inner.close(resolve))
    }
  })
})
