import { InfiniteQueryObserver } from '@tanstack/react-query'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { morePages } from '../../../renderer/client/more-pages.ts'
import { createQueryClient } from '../../../renderer/client/queries.ts'
import { onceEach } from '../../../renderer/jobs/job-pages.ts'
import type { JobRow } from '../../../shared/contract/jobs.ts'

/** A list of two pages whose answers come when the test says so. */
function setUp() {
  const state = { word: 'running', failure: null as Error | null }
  let asked = 0
  let answer = (): void => undefined
  const cache = createQueryClient()
  const observer = new InfiniteQueryObserver(cache, {
    queryKey: [['jobs', 'list'], {}],
    queryFn: async ({ pageParam }) => {
      asked += 1
      const { word, failure } = state
      await new Promise<void>((resolve) => {
        answer = resolve
      })
      if (failure !== null) throw failure
      return `${word} ${pageParam}`
    },
    initialPageParam: 1,
    getNextPageParam: (_page, pages) => (pages.length < 2 ? pages.length + 1 : undefined),
    retry: false,
  })
  const end = observer.subscribe(() => undefined)
  /** Answers one question after another until nothing is asked any more. */
  const settle = async (): Promise<void> => {
    do {
      answer()
      await new Promise((resolve) => setTimeout(resolve, 1))
    } while (cache.isFetching() > 0)
  }
  return {
    state,
    cache,
    settle,
    asked: () => asked,
    result: () => observer.getCurrentResult(),
    end: () => {
      end()
      cache.clear()
    },
  }
}

let list: ReturnType<typeof setUp>
beforeEach(async () => {
  list = setUp()
  await list.settle()
})
afterEach(() => list.end())

describe('the end of a list comes into view', () => {
  test('while a change is being asked for: the change is there afterwards, and the next page', async () => {
    list.state.word = 'completed'
    void list.cache.invalidateQueries({}, { cancelRefetch: false })
    await Promise.resolve()
    expect(list.result().isFetching).toBe(true)
    morePages(list.result())?.()
    await list.settle()
    expect(list.result().data?.pages).toEqual(['completed 1', 'completed 2'])
  })

  test('and the next page fails: nothing asks for it again and again', async () => {
    list.state.failure = new Error('Too many calls.')
    morePages(list.result())?.()
    await list.settle()
    expect(list.result().data?.pages).toEqual(['running 1'])
    expect(morePages(list.result())).toBeUndefined()
    list.state.failure = null
    void list.result().refetch()
    await list.settle()
    morePages(list.result())?.()
    await list.settle()
    expect(list.result().data?.pages).toEqual(['running 1', 'running 2'])
    expect(morePages(list.result())).toBeUndefined()
    expect(list.asked()).toBe(4)
  })
})

test('a job that moved from one page to the next while they were read is one row, as it was read last', () => {
  const job = (id: string, state: string) => ({ id, state }) as JobRow
  const jobs = [job('a', 'running'), job('b', 'active'), job('a', 'completed')]
  expect(onceEach(jobs)).toEqual([job('a', 'completed'), job('b', 'active')])
  const different = jobs.slice(0, 2)
  expect(onceEach(different)).toBe(different)
})

test('whether a list is being asked again is read while it is drawn: what is read later is what it was then', () => {
  let isFetching = true
  const asked: string[] = []
  const pages = {
    hasNextPage: true,
    isFetchingNextPage: false,
    error: null,
    get isFetching() {
      return isFetching
    },
    fetchNextPage: async () => asked.push('next'),
    refetch: async () => asked.push('again'),
  }
  const more = morePages(pages)
  isFetching = false
  more?.()
  return expect.poll(() => asked).toEqual(['next', 'again'])
})
