import { ORPCError } from '@orpc/client'
import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Client } from '../../../renderer/client/door.ts'
import { quietMs } from '../../../renderer/client/until-silent.ts'
import { lineAsText, linesFrom, positionsOf } from '../../../renderer/components/log-filter.ts'
import { logSegments, plainLogText } from '../../../renderer/components/log-text.ts'
import { LogReader } from '../../../renderer/details/run/log-reader.ts'
import type { LogLine } from '../../../shared/contract/runs.ts'

const escape = String.fromCharCode(27)
const bell = String.fromCharCode(7)

function line(seq: number, change: Partial<LogLine> = {}): LogLine {
  return { seq, at: new Date(seq), level: 'info', step: null, message: `line ${seq}`, ...change }
}

describe('a line of a log', () => {
  test('shows colours as ours, whatever way they are written', () => {
    const segments = logSegments(
      `${escape}[1;31mred${escape}[0m ${escape}[38;5;208morange${escape}[0m ${escape}[38;2;20;20;250mblue${escape}[0m`,
    )
    expect(segments.filter(({ colour }) => colour !== null)).toMatchObject([
      { text: 'red', colour: 'red', isBold: true },
      { text: 'orange', colour: 'yellow' },
      { text: 'blue', colour: 'blue' },
    ])
  })

  test('cannot act: other commands of a terminal go, control characters and direction marks are shown', () => {
    expect(plainLogText(`a${escape}[2Jb${escape}]0;title${bell}c`)).toBe('abc')
    expect(plainLogText('a\u0000b\rc\u202ed\te')).toBe('a␀b␍c‹U+202E›d\te')
  })

  test('links lead only to the web, without the punctuation around them', () => {
    const hrefs = (text: string) => logSegments(text).flatMap(({ href }) => href ?? [])
    expect(hrefs('see (https://example.com/a?b=1), or http://x.y.')).toEqual([
      'https://example.com/a?b=1',
      'http://x.y',
    ])
    expect(hrefs('javascript:alert(1) data:text/html,x file:///etc/passwd')).toEqual([])
  })

  test('says the same in segments as in plain text, whatever it holds and whatever is searched', () => {
    const pieces = fc.constantFrom(
      'a',
      'A ',
      `${escape}[31m`,
      `${escape}[0m`,
      'https://x.y/a',
      '\u0000',
      '\u202e',
      '<b>',
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 20 }), fc.constantFrom('', 'a', 'x.y', '/a'), (parts, search) => {
        const message = parts.join('')
        const text = logSegments(message, search)
          .map((segment) => segment.text)
          .join('')
        expect(text).toBe(plainLogText(message))
      }),
    )
  })

  test('marks what is found across colours, whatever the case', () => {
    const segments = logSegments(`HTTP ${escape}[31m4${escape}[0m29`, 'http 429')
    expect(segments.every(({ isFound }) => isFound)).toBe(true)
  })

  test('is saved as one line of plain text', () => {
    const text = lineAsText(line(1, { level: 'warn', step: 'save', message: `${escape}[31mx\ny${escape}[0m` }))
    expect(text).toBe('1970-01-01T00:00:00.001Z  WARN   save  x␊y')
  })
})

describe('filters of a log', () => {
  test('a level that is not ours is never hidden', () => {
    const lines = [line(1, { level: 'debug' }), line(2, { level: 'NOTICE' }), line(3, { level: 'error' })]
    expect(linesFrom(lines, 'error').map(({ seq }) => seq)).toEqual([2, 3])
    expect(linesFrom(lines, 'debug')).toBe(lines)
  })

  test('search looks at the text, not at its colours', () => {
    const lines = [line(1, { message: `${escape}[31mHT${escape}[0mTP` }), line(2, { message: '31m' })]
    expect(positionsOf(lines, 'http')).toEqual([0])
    expect(positionsOf(lines, '31m')).toEqual([1])
    expect(positionsOf(lines, '')).toEqual([])
  })
})

interface Asked {
  readonly afterSeq?: number
  readonly tail?: number
  readonly limit?: number
}

/** A log of so many lines, as the server gives it out; `later` are written while it is followed. */
function agentWith(count: number, options: { ended: boolean; later?: readonly number[] }): Client {
  const log = ({ afterSeq = 0, tail, limit = 1_000 }: Asked) => {
    const from = tail === undefined ? afterSeq + 1 : Math.max(1, count - tail + 1)
    const to = tail === undefined ? Math.min(count, afterSeq + limit) : count
    const lines = Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => line(from + index))
    return Promise.resolve({ lines, lastSeq: count, ended: options.ended })
  }
  async function* follow() {
    for (const seq of options.later ?? []) yield { lines: [line(seq)], ended: false }
    yield { lines: [], ended: true }
  }
  // Only the two calls that the reader makes.
  return { runs: { log, followLog: () => Promise.resolve(follow()) } } as unknown as Client
}

type Piece = { readonly lines: readonly LogLine[]; readonly ended: boolean }

async function* pieces(...told: readonly Piece[]): AsyncGenerator<Piece> {
  yield* told
}

/** As the agent does, ms. */
const saidEveryMs = 5_000

/** Says so often that there is nothing new, and then nothing, until it is given up. */
async function* silentAfter(times: number, signal: AbortSignal): AsyncGenerator<Piece> {
  for (let said = 0; said < times; said += 1) {
    await new Promise((resolve) => setTimeout(resolve, saidEveryMs))
    yield { lines: [], ended: false }
  }
  await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))))
}

async function* broken(error: Error): AsyncGenerator<Piece> {
  yield* pieces()
  throw error
}

/** A log of three lines whose run goes on; each stream of it is the next of these, and after them the agent does not answer. */
function brokenOff(streams: readonly ((signal: AbortSignal) => AsyncGenerator<Piece>)[]) {
  const followedFrom: number[] = []
  const log = () => Promise.resolve({ lines: [line(1), line(2), line(3)], lastSeq: 3, ended: false })
  const followLog = ({ afterSeq }: { afterSeq: number }, { signal }: { signal: AbortSignal }) => {
    const stream = streams[followedFrom.length]
    followedFrom.push(afterSeq)
    return stream === undefined ? Promise.reject(new TypeError('Failed to fetch')) : Promise.resolve(stream(signal))
  }
  // Only the two calls that the reader makes.
  return { client: { runs: { log, followLog } } as unknown as Client, followedFrom }
}

describe('reading a log', () => {
  afterEach(() => vi.useRealTimers())

  test('ends with every line once and in order, however long it is', async () => {
    const reader = new LogReader(agentWith(12_345, { ended: true }), 'run')
    const phases: string[] = []
    reader.subscribe(() => phases.push(reader.state().phase))
    reader.start()
    await vi.waitFor(() => expect(reader.state().phase).toBe('ended'))
    expect(reader.state().lines.map(({ seq }) => seq)).toEqual(Array.from({ length: 12_345 }, (_, index) => index + 1))
    expect(phases[0]).toBe('earlier')
  })

  test('goes on with the lines that are written later, without repeating any', async () => {
    const reader = new LogReader(agentWith(3, { ended: false, later: [3, 4, 5] }), 'run')
    reader.start()
    await vi.waitFor(() => expect(reader.state().phase).toBe('ended'))
    expect(reader.state().lines.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5])
  })

  test('leaves what nobody can read to the download, and says how much', async () => {
    const reader = new LogReader(agentWith(300_000, { ended: true }), 'run')
    reader.start()
    await vi.waitFor(() => expect(reader.state().phase).toBe('ended'))
    expect(reader.state()).toMatchObject({ leftOut: 299_000 })
  })

  test.each<[string, () => AsyncGenerator<Piece>]>([
    ['ends before the run has (the agent that served it stopped)', () => pieces()],
    ['says a line and ends', () => pieces({ lines: [line(4)], ended: false })],
    ['breaks (the way to the agent)', () => broken(new TypeError('Failed to fetch'))],
    ['breaks (the database)', () => broken(new ORPCError('DATABASE_UNREACHABLE', { defined: true, status: 503 }))],
    ['breaks (the agent starts again)', () => broken(new ORPCError('UNAVAILABLE', { defined: true, status: 503 }))],
    ['breaks (a proxy without an agent)', () => broken(new ORPCError('BAD_GATEWAY', { status: 502 }))],
    ['breaks (too many)', () => broken(new ORPCError('TOO_MANY_REQUESTS', { defined: true, status: 429 }))],
    ['breaks (its cookie is too old)', () => broken(new ORPCError('UNAUTHORIZED', { defined: true, status: 401 }))],
  ])('a stream that %s goes on by itself, from the last line that is there', async (_what, first) => {
    vi.useFakeTimers()
    const { client, followedFrom } = brokenOff([first, () => pieces({ lines: [line(4), line(5)], ended: true })])
    const reader = new LogReader(client, 'run')
    reader.start()
    await vi.advanceTimersByTimeAsync(0)
    expect(reader.state()).toMatchObject({ phase: 'waiting', isRunning: true })
    const last = reader.state().lines.length
    await vi.advanceTimersByTimeAsync(500)
    expect(reader.state()).toMatchObject({ phase: 'ended', isRunning: false, error: null })
    expect(reader.state().lines.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5])
    expect(followedFrom).toEqual([3, last])
  })

  test('a stream over which nothing is heard any more is given up, and the log goes on; one without new lines is not', async () => {
    vi.useFakeTimers()
    const { client, followedFrom } = brokenOff([
      (signal) => silentAfter(3, signal),
      () => pieces({ lines: [line(4)], ended: true }),
    ])
    const reader = new LogReader(client, 'run')
    reader.start()
    await vi.advanceTimersByTimeAsync(3 * saidEveryMs + quietMs - 1)
    expect({ ...reader.state(), followedFrom }).toMatchObject({ phase: 'following', followedFrom: [3] })
    await vi.advanceTimersByTimeAsync(1 + 500)
    expect(reader.state()).toMatchObject({ phase: 'ended', error: null })
    expect(reader.state().lines.map(({ seq }) => seq)).toEqual([1, 2, 3, 4])
    expect(vi.getTimerCount()).toBe(0)
  })

  test('tries come further apart while nobody answers, and end when it is closed', async () => {
    vi.useFakeTimers()
    const { client, followedFrom } = brokenOff([])
    const stop = new LogReader(client, 'run').start()
    await vi.advanceTimersByTimeAsync(60_000)
    const tries = followedFrom.length
    expect(tries).toBeGreaterThan(5)
    expect(tries).toBeLessThan(10)
    stop()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(followedFrom.length).toBe(tries)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('what waiting does not mend is said, and not asked again', async () => {
    vi.useFakeTimers()
    const gone = new ORPCError('NOT_FOUND', { defined: true, status: 404 })
    const { client, followedFrom } = brokenOff([() => broken(gone)])
    const reader = new LogReader(client, 'run')
    reader.start()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(reader.state()).toMatchObject({ phase: 'failed', error: gone, isRunning: false })
    expect(followedFrom).toEqual([3])
  })

  test('refused once more after a new cookie was sent: it is said', async () => {
    vi.useFakeTimers()
    const refused = new ORPCError('UNAUTHORIZED', { defined: true, status: 401 })
    const { client, followedFrom } = brokenOff([() => broken(refused), () => broken(refused)])
    const reader = new LogReader(client, 'run')
    reader.start()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(reader.state()).toMatchObject({ phase: 'failed', error: refused })
    expect(followedFrom).toEqual([3, 3])
  })

  test('nothing changes any more once it is stopped', async () => {
    const reader = new LogReader(agentWith(3, { ended: true }), 'run')
    reader.start()()
    await Promise.resolve()
    expect(reader.state().phase).toBe('loading')
  })
})
