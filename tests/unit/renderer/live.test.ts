import { ORPCError } from '@orpc/client'
import { QueryClient, QueryObserver } from '@tanstack/react-query'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Client } from '../../../renderer/client/door.ts'
import { dependents, LiveUpdates } from '../../../renderer/client/live.tsx'
import { quietMs } from '../../../renderer/client/until-silent.ts'
import type { LiveEvent, LiveTopic } from '../../../shared/contract/live.ts'

const asOf = new Date('2026-03-02T12:00:00Z')
const hello: LiveEvent = { type: 'hello', asOf }
const beat: LiveEvent = { type: 'beat', asOf }
const up: LiveEvent = {
  type: 'database',
  reachable: true,
  state: 'up',
  cause: null,
  reason: null,
  fix: null,
  since: asOf,
  nextTryAt: null,
  asOf,
}
const down: LiveEvent = { ...up, reachable: false, state: 'down', cause: 'refused', reason: 'Connection refused.' }
const changed = (...topics: LiveTopic[]): LiveEvent => ({ type: 'changed', topics, asOf })

/** A stream of the agent, in the hands of the test. */
class Stream {
  readonly #told: (LiveEvent | Error)[] = []
  #wake = (): void => undefined

  tell(event: LiveEvent | Error): void {
    this.#told.push(event)
    this.#wake()
  }

  async *events(signal: AbortSignal): AsyncGenerator<LiveEvent> {
    signal.addEventListener('abort', () => this.#wake())
    while (!signal.aborted) {
      const event = this.#told.shift()
      if (event instanceof Error) throw event
      if (event !== undefined) yield event
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
    }
  }
}

function setUp() {
  const cache = new QueryClient({ defaultOptions: { queries: { staleTime: Number.POSITIVE_INFINITY, retry: false } } })
  const asked = { jobs: 0, runs: 0, board: 0, session: 0, idle: 0 }
  const observe = (key: keyof typeof asked, path: string[]): (() => void) =>
    new QueryObserver(cache, { queryKey: [path, {}], queryFn: () => (asked[key] += 1) }).subscribe(() => undefined)
  const unobserve = [
    observe('jobs', ['jobs', 'list']),
    observe('runs', ['runs', 'list']),
    observe('board', ['freshness', 'board']),
    observe('session', ['session', 'get']),
  ]
  observe('idle', ['runs', 'summary'])()
  const streams: Stream[] = []
  const refused: Error[] = []
  const changes = (_input: object, { signal }: { signal: AbortSignal }): Promise<AsyncGenerator<LiveEvent>> => {
    const error = refused.shift()
    if (error !== undefined) return Promise.reject(error)
    const stream = new Stream()
    streams.push(stream)
    return Promise.resolve(stream.events(signal))
  }
  const instants: Date[] = []
  const shown: (() => void)[] = []
  const page = {
    isVisible: true,
    hide: (): void => undefined,
    show: (): void => {
      for (const one of shown.splice(0)) one()
    },
  }
  const live = new LiveUpdates({
    // Only this call of the contract is used.
    client: { live: { changes } } as unknown as Client,
    cache,
    monotonic: () => vi.getMockedSystemTime()?.getTime() ?? 0,
    onInstant: (at) => instants.push(at),
    visibility: {
      untilVisible: () => (page.isVisible ? Promise.resolve() : new Promise((resolve) => shown.push(resolve))),
      whenHiddenFor: (_ms, then) => {
        page.hide = then
        return () => undefined
      },
    },
  })
  const stop = live.start('o1')
  return {
    live,
    page,
    cache,
    asked,
    streams,
    refused,
    instants,
    async tell(event: LiveEvent | Error): Promise<void> {
      streams.at(-1)?.tell(event)
      await vi.advanceTimersByTimeAsync(0)
    },
    /** Time goes by, and the agent says so every five seconds. */
    async pass(ms: number): Promise<void> {
      for (let left = ms; left > 0; left -= 5_000) {
        await vi.advanceTimersByTimeAsync(Math.min(left, 5_000))
        await this.tell(beat)
      }
    },
    end(): void {
      stop()
      for (const one of unobserve) one()
      cache.clear()
    },
  }
}

let part: ReturnType<typeof setUp>

beforeEach(async () => {
  vi.useFakeTimers()
  part = setUp()
  await vi.advanceTimersByTimeAsync(0)
  for (const event of [up, hello]) await part.tell(event)
  // The page is painted, and has asked once more what it had asked before it was told of changes.
  await vi.advanceTimersByTimeAsync(1_000)
  await part.tell(beat)
  Object.assign(part.asked, { jobs: 1, runs: 1, board: 1, session: 1 })
})

afterEach(() => {
  part.end()
  vi.useRealTimers()
})

describe('when the page has just been opened', () => {
  beforeEach(async () => {
    part.end()
    part = setUp()
    await vi.advanceTimersByTimeAsync(0)
  })

  test('the first words of the agent make it live and ask nothing anew: everything has just been asked', async () => {
    for (const event of [up, hello]) await part.tell(event)
    await vi.advanceTimersByTimeAsync(900)
    expect(part.live.connection()).toEqual({ state: 'live', note: null })
    expect(part.asked).toMatchObject({ jobs: 1, runs: 1, board: 1, session: 1 })
    expect(part.instants).toEqual([asOf, asOf])
  })

  test('once it is painted, what was asked before changes were told is asked once more, and no more than that', async () => {
    for (const event of [up, hello]) await part.tell(event)
    const late = new QueryObserver(part.cache, { queryKey: [['incidents', 'list'], {}], queryFn: () => (asked += 1) })
    let asked = 0
    const unobserve = late.subscribe(() => undefined)
    await part.pass(25_000)
    expect(part.asked).toMatchObject({ jobs: 2, runs: 2, board: 2, session: 2, idle: 1 })
    expect(asked).toBe(1)
    unobserve()
  })

  test('of a database that was away when it was opened, everything is asked as soon as it is back', async () => {
    for (const event of [down, up, hello]) await part.tell(event)
    expect(part.asked).toMatchObject({ jobs: 2, runs: 2, board: 2, session: 2 })
  })
})

test('the report is asked again when its policies, due times or brands changed, and not after every run', async () => {
  let asked = 0
  const stop = new QueryObserver(part.cache, {
    queryKey: [['report', 'brands'], {}],
    queryFn: () => (asked += 1),
  }).subscribe(() => undefined)
  await vi.advanceTimersByTimeAsync(0)
  for (const topic of ['runs', 'datasets', 'jobs'] as const) await part.tell(changed(topic))
  await part.pass(60_000)
  expect(asked).toBe(1)
  for (const topic of ['policies', 'brands'] as const) {
    await part.tell(changed(topic))
    await part.pass(1_000)
  }
  expect(asked).toBe(3)
  stop()
})

describe('a change', () => {
  test('asks again what depends on its topic, and nothing else', async () => {
    await part.tell(changed('runs'))
    await vi.advanceTimersByTimeAsync(500)
    expect(part.asked).toMatchObject({ runs: 2, jobs: 2, board: 1, session: 1 })
  })

  test('of a job is one of the run that is open; a brand that is renamed is so in backfills, holds and routes', () => {
    const asks = (topic: LiveTopic): string[] => dependents[topic].map((path) => path.join('.'))
    expect(asks('jobs')).toContain('runs.get')
    expect(asks('jobs')).not.toContain('runs')
    expect(asks('brands')).toEqual(expect.arrayContaining(['backfills', 'holds', 'notifications']))
  })

  test('makes no storm: fifty within a moment ask once', async () => {
    for (let count = 0; count < 50; count += 1) await part.tell(changed('jobs'))
    await vi.advanceTimersByTimeAsync(2_000)
    expect(part.asked.jobs).toBe(2)
  })

  test('that goes on for ten seconds asks at most twice in each', async () => {
    for (let at = 0; at < 100; at += 1) {
      await part.tell(changed('jobs'))
      await vi.advanceTimersByTimeAsync(100)
    }
    expect(part.asked.jobs).toBeLessThanOrEqual(22)
    expect(part.asked.jobs).toBeGreaterThanOrEqual(15)
  })

  test('asks nothing for what is not on screen', async () => {
    await part.tell(changed('runs'))
    await vi.advanceTimersByTimeAsync(1_000)
    expect(part.asked.idle).toBe(1)
  })
})

describe('N1: what the clock alone turns', () => {
  test('is asked again every half minute though nobody tells of anything, and nothing else is', async () => {
    const paths = [
      ['freshness', 'summary'],
      ['readiness', 'page'],
      ['readiness', 'list'],
      ['catalog', 'agents'],
      ['pings', 'list'],
      ['admin', 'tokens'],
      ['admin', 'actions'],
      ['incidents', 'list'],
    ]
    const asked = paths.map(() => 0)
    const unobserve = paths.map((path, at) =>
      new QueryObserver(part.cache, {
        queryKey: [path, {}],
        queryFn: () => (asked[at] = (asked[at] ?? 0) + 1),
      }).subscribe(() => undefined),
    )
    await part.pass(30_000)
    expect(asked).toEqual([2, 2, 2, 2, 2, 2, 2, 1])
    await part.pass(30_000)
    expect(asked).toEqual([3, 3, 3, 3, 3, 3, 3, 1])
    expect(part.asked).toMatchObject({ board: 3, jobs: 1, runs: 1, session: 1 })
    for (const one of unobserve) one()
  })

  test('waits for the database, and for somebody to look', async () => {
    await part.tell(down)
    await part.pass(60_000)
    expect(part.asked.board).toBe(1)
    await part.tell(up)
    part.page.isVisible = false
    await part.pass(90_000)
    expect(part.asked.board).toBe(1)
    part.page.isVisible = true
    part.page.show()
    await vi.advanceTimersByTimeAsync(0)
    expect(part.asked.board).toBe(2)
  })
})

describe('what could not be answered while the stream goes on', () => {
  async function failing(error: Error): Promise<() => number> {
    let asked = 0
    const queryFn = (): number => {
      asked += 1
      if (asked < 3) throw error
      return asked
    }
    new QueryObserver(part.cache, { queryKey: [['incidents', 'list'], {}], queryFn }).subscribe(() => undefined)
    await part.pass(0)
    return () => asked
  }

  test('is asked again by itself, as it says, until it is answered', async () => {
    const asked = await failing(new TypeError('Failed to fetch'))
    await part.pass(60_000)
    expect(asked()).toBe(3)
  })

  test('is not when asking again cannot help', async () => {
    const asked = await failing(new ORPCError('NOT_FOUND', { status: 404 }))
    await part.pass(60_000)
    expect(asked()).toBe(1)
  })
})

describe('a stream over which nothing is heard any more', () => {
  test('is given up: the page polls, and is live again over another one', async () => {
    await part.pass(60_000)
    expect(part.streams.length).toBe(1)
    await vi.advanceTimersByTimeAsync(quietMs)
    expect(part.live.connection()).toMatchObject({ state: 'polling' })
    await vi.advanceTimersByTimeAsync(500)
    expect(part.streams.length).toBe(2)
    const { jobs } = part.asked
    await part.tell(hello)
    expect(part.live.connection()).toEqual({ state: 'live', note: null })
    expect(part.asked.jobs).toBe(jobs + 1)
  })

  test('so is one that never says its first word; tries come further apart, and everything is polled', async () => {
    await vi.advanceTimersByTimeAsync(quietMs)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(part.streams.length).toBeGreaterThan(3)
    expect(part.streams.length).toBeLessThan(7)
    expect(part.asked.jobs).toBeGreaterThan(6)
    expect(part.live.connection()).toMatchObject({ state: 'polling' })
  })
})

describe('when the stream breaks', () => {
  beforeEach(async () => {
    await part.tell(new Error('socket hang up'))
  })

  test('it says so, since when, and asks everything on screen every ten seconds', async () => {
    expect(part.live.connection()).toMatchObject({ state: 'polling' })
    part.refused.push(...Array.from({ length: 20 }, () => new Error('still down')))
    await vi.advanceTimersByTimeAsync(20_500)
    expect(part.live.connection()).toMatchObject({ state: 'polling' })
    expect(part.asked).toMatchObject({ jobs: 3, runs: 3, board: 3, session: 3, idle: 1 })
  })

  test('it is live again by itself, and asks everything that may have changed meanwhile', async () => {
    await vi.advanceTimersByTimeAsync(600)
    await part.tell(hello)
    await vi.advanceTimersByTimeAsync(600)
    expect(part.live.connection()).toEqual({ state: 'live', note: null })
    expect(part.asked).toMatchObject({ jobs: 2, runs: 2, board: 2, session: 2 })
  })

  test('tries come further apart', async () => {
    part.refused.push(...Array.from({ length: 100 }, () => new Error('still down')))
    await vi.advanceTimersByTimeAsync(60_000)
    expect(100 - part.refused.length).toBeLessThan(10)
  })
})

test('a database that does not answer makes it offline, with cause and reason, until the agent says otherwise', async () => {
  await part.tell(down)
  expect(part.live.connection()).toMatchObject({
    state: 'offline',
    database: { cause: 'refused', reason: 'Connection refused.' },
  })
  await part.tell(beat)
  expect(part.live.connection()).toMatchObject({ state: 'offline' })
  await part.tell(up)
  expect(part.live.connection()).toEqual({ state: 'live', note: null })
})

test('a database that takes no changes is limited, whatever else is told; one whose changes are looked for is live', async () => {
  await part.tell({ ...up, state: 'limited', cause: 'read_only', reason: 'It only reads.' })
  for (const event of [hello, beat, changed('jobs')]) await part.tell(event)
  expect(part.live.connection()).toMatchObject({ state: 'limited', database: { cause: 'read_only' } })
  await part.tell({ ...up, reason: 'Changes are not heard.' })
  expect(part.live.connection()).toEqual({ state: 'live', note: 'Changes are not heard.' })
})

test('silence is counted since the last word, whatever it was', async () => {
  await vi.advanceTimersByTimeAsync(11_000)
  expect(part.live.silenceMs()).toBe(11_000)
  await part.tell(beat)
  expect(part.live.silenceMs()).toBe(0)
})

test('a page that nobody looks at lets go of its stream, and asks everything when it is looked at again', async () => {
  part.page.isVisible = false
  part.page.hide()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(part.streams.length).toBe(1)
  part.page.isVisible = true
  part.page.show()
  await vi.advanceTimersByTimeAsync(0)
  await part.tell(hello)
  expect(part.streams.length).toBe(2)
  expect(part.asked.jobs).toBe(2)
})

test('a question that was under way when a change came is asked once more: its answer may be older than the change', async () => {
  const { promise, resolve } = Promise.withResolvers<number>()
  let asked = 0
  const slow = new QueryObserver(part.cache, {
    queryKey: [['jobs', 'get'], {}],
    queryFn: () => {
      asked += 1
      return asked === 1 ? promise : asked
    },
  })
  const unobserve = slow.subscribe(() => undefined)
  await part.tell(changed('jobs'))
  await vi.advanceTimersByTimeAsync(1_000)
  expect(asked).toBe(1)
  resolve(1)
  await vi.advanceTimersByTimeAsync(100)
  expect(asked).toBe(2)
  unobserve()
})

test('after the end nothing is asked and no timer is left', async () => {
  await part.tell(changed('jobs'))
  const asked = { ...part.asked }
  part.end()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(part.asked).toEqual(asked)
  expect(vi.getTimerCount()).toBe(0)
})

test('where nobody tells of changes it still hears whether the database answers, until the end', async () => {
  const words = [up, down, null, up]
  let asked = 0
  const get = (): Promise<LiveEvent> => {
    const word = words[asked] ?? null
    asked += 1
    return word === null ? Promise.reject(new Error('The agent does not answer.')) : Promise.resolve(word)
  }
  const live = new LiveUpdates({
    // Only this call of the contract is used.
    client: { connection: { get } } as unknown as Client,
    cache: part.cache,
    monotonic: () => 0,
    onInstant: () => undefined,
    visibility: { untilVisible: () => Promise.resolve(), whenHiddenFor: () => () => undefined },
  })
  const stop = live.watchDatabase()
  for (const state of ['live', 'offline', 'polling', 'live']) {
    await vi.advanceTimersByTimeAsync(0)
    expect(live.connection().state).toBe(state)
    if (asked < words.length) await vi.advanceTimersByTimeAsync(5_000)
  }
  stop()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(asked).toBe(4)
})

test('a brand that is renamed has its new name on the page Sources, too', () => {
  expect(dependents.brands).toEqual(expect.arrayContaining([['sources'], ['hooks'], ['pings']]))
})
