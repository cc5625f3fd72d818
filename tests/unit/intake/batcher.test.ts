import { afterEach, expect, test } from 'vitest'
import { Batcher, type BatcherOptions } from '../../../agent/intake/batcher.ts'
import { problemOf } from '../../support/problem.ts'

const opened: Batcher<string, string>[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((batcher) => batcher.stop()))
})

function batcher(options: Partial<BatcherOptions<string, string>> = {}) {
  const batches: string[][] = []
  const made = new Batcher<string, string>({
    mostItems: 100,
    gatherMs: 1,
    mostWaiting: 1_000,
    ...options,
    write: async (items) => {
      batches.push([...items])
      return options.write === undefined ? items.map((item) => item.toUpperCase()) : options.write(items)
    },
  })
  opened.push(made)
  return { batches, batcher: made }
}

test('what arrives together is written together, and everybody gets their own answer', async () => {
  const { batcher: made, batches } = batcher()
  expect(await Promise.all(['a', 'b', 'c'].map((item) => made.add(item)))).toEqual(['A', 'B', 'C'])
  expect(batches).toEqual([['a', 'b', 'c']])
})

test('what arrives while a batch is written is the next one; never two at once', async () => {
  const gate = Promise.withResolvers<undefined>()
  let writing = 0
  const { batcher: made, batches } = batcher({
    mostItems: 2,
    write: async (items) => {
      writing += 1
      expect(writing).toBe(1)
      await gate.promise
      writing -= 1
      return [...items]
    },
  })
  const answers = ['a', 'b', 'c', 'd', 'e'].map((item) => made.add(item))
  gate.resolve(undefined)
  expect(await Promise.all(answers)).toEqual(['a', 'b', 'c', 'd', 'e'])
  expect(batches).toEqual([['a', 'b'], ['c', 'd'], ['e']])
})

test('one that cannot be written does not take the others with it', async () => {
  const { batcher: made } = batcher({
    write: async (items) => {
      if (items.includes('bad')) throw new TypeError('cannot be stored')
      return [...items]
    },
  })
  const outcomes = await Promise.allSettled(['a', 'bad', 'b', 'c'].map((item) => made.add(item)))
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
})

test('an error as an answer is for one alone', async () => {
  const { batcher: made } = batcher({
    write: async (items) => items.map((item) => (item === 'bad' ? new Error('no') : item)),
  })
  const outcomes = await Promise.allSettled(['a', 'bad'].map((item) => made.add(item)))
  expect(outcomes).toMatchObject([
    { status: 'fulfilled', value: 'a' },
    { status: 'rejected', reason: { message: 'no' } },
  ])
})

test('a database that is away is told to everybody, and asked once', async () => {
  const { batcher: made, batches } = batcher({
    write: () => Promise.reject(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })),
  })
  const outcomes = await Promise.allSettled(['a', 'b'].map((item) => made.add(item)))
  expect(outcomes).toMatchObject([0, 1].map(() => ({ reason: { code: 'database_unreachable' } })))
  expect(batches).toHaveLength(1)
})

test('what waits is bounded: the rest is refused with a time to come again', async () => {
  const gate = Promise.withResolvers<undefined>()
  const { batcher: made } = batcher({
    mostWaiting: 2,
    write: async (items) => {
      await gate.promise
      return [...items]
    },
  })
  const taken = ['a', 'b'].map((item) => made.add(item))
  expect(await problemOf(made.add('c'))).toMatchObject({ code: 'too_many_requests', fix: 'Try again in 1 s.' })
  gate.resolve(undefined)
  expect(await Promise.all(taken)).toEqual(['a', 'b'])
  expect(await made.add('c')).toBe('c')
})

test('stop writes what waits; nothing is taken after it', async () => {
  const { batcher: made } = batcher({ gatherMs: 60_000 })
  const answer = made.add('a')
  await made.stop()
  expect(await answer).toBe('A')
  expect(await problemOf(made.add('b'))).toMatchObject({ code: 'unavailable' })
})
