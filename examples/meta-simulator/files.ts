import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { imageKind } from './endpoints/media.ts'
import { jpeg } from './media/jpeg.ts'
import { fileType, mp4 } from './media/mp4.ts'
import { png } from './media/png.ts'
import type { Simulation } from './simulation.ts'
import type { OddVideo } from './world.ts'

/** 3 GB: what no one wants to keep in memory. */
export const hugeBytes = 3 * 1024 ** 3

interface File {
  readonly type: string
  readonly bytes: Buffer
}

/**
 * Serves a file as a content network does: ranges (RFC 9110 §14) with a strong ETag and If-Range, so that a broken
 * download can go on. `cutAfter`: break the connection after so many bytes.
 */
export async function serveFile(
  simulation: Simulation,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
  cutAfter: number | null,
): Promise<void> {
  const odd = oddVideoOf(simulation, path)
  if (odd === 'huge' || odd === 'endless') return serveHuge(response, odd === 'huge')
  const file = odd === 'web_page' ? webPage : odd === 'gone' ? null : fileAt(simulation, path)
  if (file === null) {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('Not found')
    return
  }
  const etag = `"${createHash('sha256').update(file.bytes).digest('hex').slice(0, 16)}"`
  const start = startOf(request, etag, file.bytes.length)
  const part = file.bytes.subarray(start ?? 0)
  const headers = { 'content-type': file.type, 'content-length': part.length, etag, 'accept-ranges': 'bytes' }
  if (start === null) response.writeHead(200, headers)
  else {
    const range = `bytes ${start}-${file.bytes.length - 1}/${file.bytes.length}`
    response.writeHead(206, { ...headers, 'content-range': range })
  }
  if (cutAfter === null || cutAfter >= part.length) response.end(part)
  else response.write(part.subarray(0, cutAfter), () => response.destroy())
}

const webPage: File = {
  type: 'text/html; charset=utf-8',
  bytes: Buffer.from('<!doctype html><html><title>Log in</title><p>You must log in to continue.</p></html>'),
}

function oddVideoOf({ world }: Simulation, path: string): OddVideo | undefined {
  const [, id = ''] = /^\/files\/videos\/(\d+)\.mp4$/.exec(path) ?? []
  const ad = world.adOfVideo(id)
  return ad?.account.oddVideos?.[ad.index]
}

function fileAt(simulation: Simulation, path: string): File | null {
  const [, kind, name = ''] = /^\/files\/(images|videos|thumbnails)\/(\w+)\.\w+$/.exec(path) ?? []
  if (kind === 'thumbnails') return { type: 'image/jpeg', bytes: jpeg(seedOf(name), 8) }
  if (kind === 'videos') {
    return simulation.world.adOfVideo(name) === null ? null : { type: 'video/mp4', bytes: mp4(seedOf(name)) }
  }
  if (kind !== 'images' || simulation.world.adOfImage(name) === null) return null
  if (imageKind(name) === 'png') return { type: 'image/png', bytes: png(seedOf(name)) }
  return { type: 'image/jpeg', bytes: jpeg(seedOf(name)) }
}

function seedOf(name: string): number {
  return createHash('sha256').update(name).digest().readInt32BE()
}

/** Where the answer begins; null = a whole one: no range, or one of another version of the file. */
function startOf({ headers }: IncomingMessage, etag: string, size: number): number | null {
  const [, first] = /^bytes=(\d+)-$/.exec(headers.range ?? '') ?? []
  const condition = headers['if-range']
  if (first === undefined || Number(first) >= size || (condition !== undefined && condition !== etag)) return null
  return Number(first)
}

/** A video that is 3 GB of nothing, written as fast as it is taken; said beforehand, or not. */
async function serveHuge(response: ServerResponse, isSaid: boolean): Promise<void> {
  response.writeHead(200, { 'content-type': 'video/mp4', ...(isSaid ? { 'content-length': hugeBytes } : {}) })
  // Who refuses it hangs up; that is what it is for.
  await pipeline(Readable.from(hugeVideo()), response).catch(() => undefined)
}

function* hugeVideo(): Generator<Buffer> {
  const block = Buffer.alloc(64 * 1024)
  const start = fileType()
  yield start
  for (let left = hugeBytes - start.length; left > 0; left -= block.length) {
    yield block.subarray(0, Math.min(block.length, left))
  }
}
