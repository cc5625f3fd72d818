import { describeError } from '../../../shared/errors.ts'
import type { Incoming, Storage, StoredFile } from '../storage/storage.ts'
import { type MediaType, mediaTypeOf, telltaleBytes } from './media-type.ts'

/**
 * Why a file is not there.
 * - `refused`: it is not what it should be (too large, another kind, gone); asking again gives the same;
 * - `broken_off`: the way there or back failed; another try goes on where this one ended.
 */
export class DownloadFailure extends Error {
  readonly kind: 'refused' | 'broken_off'

  constructor(kind: 'refused' | 'broken_off', message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'DownloadFailure'
    this.kind = kind
  }
}

export interface DownloadOptions {
  readonly fetch: typeof fetch
  readonly storage: Storage
  /** Under which an interrupted download is found again. */
  readonly name: string
  readonly kind: 'image' | 'video'
  /** A larger file is refused before it comes, or as soon as that many bytes came. */
  readonly mostBytes: number
  /** A server that sends nothing for so long has broken off, ms. */
  readonly silenceMs: number
  readonly signal: AbortSignal
}

export interface DownloadedFile extends StoredFile {
  readonly contentType: string
}

/** How often it is tried when the connection breaks. */
const mostTries = 3

/**
 * Fetches a file into the storage without holding it in memory. What it is, its first bytes tell; its size is checked
 * before and while it comes; broken off, it goes on with a range (RFC 9110 §14) as long as the server says that it is
 * still the same file.
 * @throws DownloadFailure; the signal's reason; Problem `conflict` when somebody else downloads the same now.
 */
export async function download(url: string, options: DownloadOptions): Promise<DownloadedFile> {
  for (let round = 1; ; round += 1) {
    try {
      return await tryOnce(url, options)
    } catch (error) {
      options.signal.throwIfAborted()
      if (!(error instanceof DownloadFailure) || error.kind === 'refused' || round === mostTries) throw error
    }
  }
}

async function tryOnce(url: string, options: DownloadOptions): Promise<DownloadedFile> {
  const silence = new Silence(options.silenceMs)
  let contentType = ''
  try {
    const file = await options.storage.receive(options.name, async (incoming) => {
      const type = await receive(url, incoming, options, silence)
      contentType = type.contentType
      return type.extension
    })
    return { ...file, contentType }
  } finally {
    silence.stop()
  }
}

async function receive(
  url: string,
  incoming: Incoming,
  options: DownloadOptions,
  silence: Silence,
): Promise<MediaType> {
  try {
    const response = await ask(url, incoming, options, silence)
    return await transfer(response, incoming, options, silence)
  } catch (error) {
    // What is refused is not gone on with.
    if (error instanceof DownloadFailure && error.kind === 'refused') await incoming.begin(null)
    throw error
  }
}

/** Asks for the file, or for the rest of it, and holds the headers to what is allowed. */
async function ask(url: string, incoming: Incoming, options: DownloadOptions, silence: Silence): Promise<Response> {
  const { received, version } = incoming
  const range = received > 0 && version !== null ? { range: `bytes=${received}-`, 'if-range': version } : {}
  let response: Response
  try {
    const signal = AbortSignal.any([options.signal, silence.signal])
    response = await options.fetch(url, { headers: { 'accept-encoding': 'identity', ...range }, signal })
  } catch (error) {
    throw new DownloadFailure('broken_off', silence.isOver ? silence.words : describeError(error), error)
  }
  if (!response.ok) {
    await response.body?.cancel()
    // 416: there is less than we have of it. It is another file by now.
    if (response.status === 416) await incoming.begin(null)
    throw statusFailure(response.status)
  }
  const isRest = response.status === 206 && response.headers.get('content-range')?.startsWith(`bytes ${received}-`)
  if (isRest !== true) await incoming.begin(strongTag(response.headers))
  const whole = incoming.received + Number(response.headers.get('content-length') ?? Number.NaN)
  if (whole > options.mostBytes) {
    await response.body?.cancel()
    throw tooLarge(`it has ${megabytes(whole)}`, options)
  }
  return response
}

/** Writes as fast as the storage takes it; the first bytes decide whether the rest is wanted. */
async function transfer(
  response: Response,
  incoming: Incoming,
  options: DownloadOptions,
  silence: Silence,
): Promise<MediaType> {
  let type: MediaType | null = null
  try {
    const body: AsyncIterable<Uint8Array> | null = response.body
    for await (const part of body ?? []) {
      silence.heard()
      if (incoming.received + part.length > options.mostBytes) throw tooLarge('it does not end', options)
      await incoming.write(part)
      if (type === null && incoming.received >= telltaleBytes) type = await typeOf(incoming, options)
    }
  } catch (error) {
    if (error instanceof DownloadFailure) throw error
    const words = silence.isOver ? silence.words : 'the connection broke'
    throw new DownloadFailure('broken_off', `${words}, after ${incoming.received} bytes`, error)
  }
  return type ?? typeOf(incoming, options)
}

async function typeOf(incoming: Incoming, { kind }: DownloadOptions): Promise<MediaType> {
  const type = mediaTypeOf(kind, await incoming.head(telltaleBytes))
  if (type === null) throw new DownloadFailure('refused', `what came is no ${kind}`)
  return type
}

function statusFailure(status: number): DownloadFailure {
  const isPassing = [408, 416, 425, 429].includes(status) || status >= 500
  return new DownloadFailure(isPassing ? 'broken_off' : 'refused', `the server answered with status ${status}`)
}

function tooLarge(what: string, { mostBytes }: DownloadOptions): DownloadFailure {
  return new DownloadFailure('refused', `${what}; at most ${megabytes(mostBytes)} are kept`)
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1024 ** 2).toLocaleString('en-US')} MB`
}

/** A weak tag promises less than the same bytes (RFC 9110 §8.8.3), so nothing can be gone on with. */
function strongTag(headers: Headers): string | null {
  const tag = headers.get('etag')
  return tag !== null && /^"[^"]{1,500}"$/.test(tag) ? tag : null
}

/** Gives up a connection that says nothing for a while; one that is slow may take its time. */
class Silence {
  readonly #controller = new AbortController()
  readonly #timer: NodeJS.Timeout
  readonly words: string

  constructor(ms: number) {
    this.words = `nothing came for ${ms / 1_000} s`
    this.#timer = setTimeout(() => this.#controller.abort(), ms)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  get isOver(): boolean {
    return this.#controller.signal.aborted
  }

  heard(): void {
    this.#timer.refresh()
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}
